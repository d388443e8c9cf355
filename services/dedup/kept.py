"""What is kept of the matcher's memory: fields of its nouns as arrays, which a file can hold and a noun take back.

A noun names the fields it keeps; whatever follows from them it works out again. The file is an uncompressed zip of numpy's
own, whose checksums tell of damage; it holds no pickle, so that reading it runs nothing.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from services.dedup.column import Column

_PART: Final = 1 << 20
_SPARE: Final = 16
"""An array is read with room behind it for one more of so many."""
_END: Final = ".npy"

Arrays = dict[str, NDArray[Any]]
"""Arrays by the name of the field they are of."""


class Misfit(ValueError):
    """An array is not of the kind that its field holds."""


def kept(noun: object, fields: Iterable[str]) -> Arrays:
    """The fields of a noun; they are not copied, so the noun must not change until they are written."""
    return {name: _as_array(getattr(noun, name)) for name in fields}


def restore(noun: object, fields: Iterable[str], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Give a noun its fields back. Raises KeyError, Misfit."""
    for name in fields:
        before, given = getattr(noun, name), arrays[name]
        if isinstance(before, Column):
            before.hold(_like(before.all, given, name))
        else:
            setattr(noun, name, _restored(before, given, name))


def under(name: str, arrays: Arrays) -> Arrays:
    """The arrays of a noun, by names under its own."""
    return {f"{name}.{field}": array for field, array in arrays.items()}


def of(name: str, arrays: Mapping[str, NDArray[Any]]) -> Arrays:
    """The arrays under the name of a noun."""
    start = f"{name}."
    return {n.removeprefix(start): array for n, array in arrays.items() if n.startswith(start)}


def written(value: object) -> NDArray[np.uint8]:
    """Names and lists of them as the bytes of their JSON."""
    return np.frombuffer(json.dumps(value).encode(), dtype=np.uint8)


def told(array: NDArray[Any]) -> Any:  # noqa: ANN401  (whatever was written)
    """What those bytes say."""
    return json.loads(array.tobytes())


def pour(file: BinaryIO, arrays: Arrays) -> None:
    """Write arrays to a file."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(name + _END, "w", force_zip64=True) as member:
                header = np.lib.format.header_data_from_array_1_0(array)
                np.lib.format.write_array_header_1_0(member, header)
                room = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
                for at in range(0, len(room), _PART):
                    member.write(room[at : at + _PART].data)


def names_in(archive: zipfile.ZipFile) -> list[str]:
    """The names of the arrays in a file."""
    return [name.removesuffix(_END) for name in archive.namelist()]


def array_in(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    """One of the arrays in a file. Raises Misfit, and whatever damage leads to."""
    with archive.open(name + _END) as member:
        np.lib.format.read_magic(member)
        shape, is_fortran, kind = np.lib.format.read_array_header_1_0(member)
        if is_fortran or kind.hasobject:
            raise Misfit(f"{name} is no plain array of numbers")
        # Numpy's own reading answers with a view, which a column could not let grow. Here it finds room for the next.
        array: NDArray[Any] = np.zeros((*(n + n // _SPARE for n in shape[:1]), *shape[1:]), kind)
        array = array[: shape[0]] if shape else array
        room = array.reshape(-1).view(np.uint8)
        for at in range(0, len(room), _PART):
            part = member.read(min(_PART, len(room) - at))
            room[at : at + len(part)] = np.frombuffer(part, dtype=np.uint8)
        # The checksum is compared at the end only, and a damaged shape may end before it.
        if member.tell() != archive.getinfo(name + _END).file_size or member.read(1):
            raise Misfit(f"{name} is longer or shorter than it says")
        return array


def _as_array(value: object) -> NDArray[Any]:
    match value:
        case Column():
            return value.all
        case np.ndarray():
            return value
        case bytearray():
            return np.frombuffer(bytes(value), dtype=np.uint8)
        case int():
            return np.array(value, dtype=np.int64)
        case dict():
            return written([*value.items()])
        case _:
            return written(value)


def _restored(before: object, given: NDArray[Any], name: str) -> object:
    match before:
        case np.ndarray():
            return _like(before, given, name)
        case bytearray():
            return bytearray(given.tobytes())
        case int():
            return int(given)
        case dict():
            return dict(told(given))
        case _:
            return told(given)


def _like(before: NDArray[Any], given: NDArray[Any], name: str) -> NDArray[Any]:
    if (given.dtype, given.shape[1:]) != (before.dtype, before.shape[1:]):
        raise Misfit(
            f"{name} holds {given.dtype} by {given.shape[1:]}, not {before.dtype} by {before.shape[1:]}"
        )
    return given
