"""The column: a growing array of one kind of number, for things that come in millions."""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)

FIRST_ROOM = 1024


class Column(Generic[T]):
    """Numbers by row; room grows by an eighth, in place where the machine allows it.

    What other threads look into while it grows must not move under them: it is not to grow in place.
    """

    def __init__(self, kind: type[T] | np.dtype[T], *, in_place: bool = True) -> None:
        self._in_place = in_place
        self._room: NDArray[T] = np.zeros(FIRST_ROOM, dtype=kind)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def all(self) -> NDArray[T]:
        """The numbers so far, as they lie; not to be held on to, for the next row may move them."""
        return self._room[: self._size]

    @property
    def room(self) -> NDArray[T]:
        """The same with the room behind them, for a compiled function that fills it."""
        return self._room

    def reserve(self, more: int) -> None:
        """Have room for so many more."""
        needed = self._size + more
        if needed > len(self._room):
            room = max(needed, len(self._room) * 9 // 8)
            if self._in_place:
                # At a million rows a copy beside the original would be felt.
                self._room.resize(room, refcheck=False)
            else:
                wider = np.zeros(room, dtype=self._room.dtype)
                wider[: self._size] = self.all
                self._room = wider

    def grown(self, size: int) -> None:
        """Say how many a compiled function has filled."""
        self._size = size

    def hold(self, values: NDArray[T]) -> None:
        """Be these numbers from now on, which nobody else holds; what they are the beginning of is the room behind them."""
        room = values.base
        if not isinstance(room, np.ndarray) or (room.dtype, room.ndim) != (values.dtype, 1):
            room = values if values.base is None else values.copy()
        self._room, self._size = room, len(values)

    def append(self, value: complex | tuple[object, ...]) -> None:
        """Add one."""
        self.reserve(1)
        self._room[self._size] = value  # type: ignore[assignment]
        self._size += 1

    def extend(self, values: NDArray[T]) -> None:
        """Add several."""
        self.reserve(len(values))
        self._room[self._size : self._size + len(values)] = values
        self._size += len(values)
