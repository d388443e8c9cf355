"""What a process really asks of the kernel, and in which order: its system calls, as strace writes them down."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.servers import NotInstalled

TRACED: Final = "write,writev,pwrite64,pwritev,sendto,sendmsg,recvfrom,fsync,fdatasync"
LINE: Final = re.compile(r"(?P<process>\d+) +(?P<moment>\d+\.\d+) (?P<said>.*)\n", re.DOTALL)
ENDS: Final = re.compile(r"\+\+\+ (exited|killed) ")


class Call(NamedTuple):
    """A system call: who made it, how it is written down, and when it began and ended, as places in the order of all."""

    process: int
    said: str
    moment: float
    began: int
    ended: int

    def is_to(self, name: str) -> bool:
        """Whether it is that call, and succeeded."""
        return self.said.startswith(f"{name}(") and "= -1 " not in self.said


def traced(into: Path) -> list[str]:
    """What to put before a command, so that its calls are written down; it keeps its process id. Raises NotInstalled."""
    program = shutil.which("strace")
    if program is None:
        raise NotInstalled("strace is not installed (Debian: apt-get install strace).")
    # Detached, it stays out of the way of signals that are meant for the command.
    options = ["-D", "-f", "-y", "-ttt", "-s", "20000", "-e", f"trace={TRACED}", "-o"]
    tried = [program, *options, "/dev/null", "true"]
    if subprocess.run(tried, capture_output=True, check=False).returncode:
        raise NotInstalled("strace is not permitted here (in a container: --cap-add SYS_PTRACE).")
    return [program, *options, str(into)]


def is_complete(written: Path) -> bool:
    """Whether the last line says that the last of the processes has ended."""
    lines = written.read_text(errors="replace").splitlines()
    return bool(lines) and ENDS.search(lines[-1]) is not None


def calls(written: Path) -> Sequence[Call]:
    """The calls that came to an end, in the order in which they began."""
    return sorted(_ended(written), key=lambda call: call.began)


def _ended(written: Path) -> Iterator[Call]:
    begun: dict[int, tuple[str, float, int]] = {}
    with written.open(errors="replace") as lines:
        for place, line in enumerate(lines):
            found = LINE.fullmatch(line)
            if found is None:
                continue
            process, moment, said = int(found["process"]), float(found["moment"]), found["said"]
            if said.endswith("<unfinished ...>"):
                begun[process] = said, moment, place
            elif said.startswith("<... "):
                first, moment, began = begun.pop(process)
                yield Call(process, f"{first} {said}", moment, began, place)
            else:
                yield Call(process, said, moment, place, place)
