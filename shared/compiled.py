"""The one place that knows how a function of numbers is compiled: without the interpreter's lock, once per machine."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from numba import config, njit
from numba.core import event

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


@lru_cache
def _kept_in(folder: Path) -> str:
    """Where compiled functions of a folder are kept: a place for just these sources.

    What is compiled includes the functions that a function calls and the constants that it names, of this folder, of the
    package around it and of `shared`; but the compiler looks only at the age of the file that a function stands in.
    """
    sources = hashlib.sha256()
    around = () if folder.parent.name == "services" else (folder.parent,)
    for home in (folder, *around, Path(__file__).parent):
        for path in sorted(home.glob("*.py")):
            sources.update(path.read_bytes())
    places = (folder / "__pycache__", Path(tempfile.gettempdir()) / f"sangkien-{os.getuid()}")
    kept = next((place for place in places if _is_ours(place)), places[-1])
    return str(kept / f"compiled-{sources.hexdigest()[:16]}")


def _is_ours(place: Path) -> bool:
    try:
        place.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return False
    return os.access(place, os.W_OK)


# Whoever runs the system may have said where (NUMBA_CACHE_DIR); the compiler has read that when it was imported.
CHOSEN: Final[str] = config.CACHE_DIR  # type: ignore[attr-defined]


class Compiling(event.Listener):
    """Says once, before whoever waits begins to, that the compiler has work to do: what is kept on disk needs none."""

    def __init__(self) -> None:
        self._said = False

    def on_start(self, event: event.Event) -> None:
        """Something is compiled that was not kept."""
        if not self._said:
            self._said = True
            log.warning(
                "Inner loops are being compiled, for about half a minute, once",
                extra={"action": "compile", "code": "compiling"},
            )

    def on_end(self, event: event.Event) -> None:
        """The next function follows; there is nothing to say."""


event.register("numba:compile", Compiling())  # type: ignore[no-untyped-call]

# Whoever logs everything asks for our own words; the compiler's, some thousand lines a function, make it ten times as slow.
logging.getLogger("numba").setLevel(logging.WARNING)


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of numpy arrays and numbers when it is first called; the result is kept on disk."""
    config.CACHE_DIR = CHOSEN or _kept_in(Path(function.__code__.co_filename).parent)  # type: ignore[attr-defined]
    fast: Callable[P, R] = njit(nogil=True, cache=True)(function)
    return fast
