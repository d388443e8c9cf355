"""kcat, a Kafka client that shares nothing with ours, from the distribution's package."""

from __future__ import annotations

import shutil

from tests.servers import NotInstalled


def kcat() -> str:
    """Where the program is. Raises NotInstalled."""
    program = shutil.which("kcat")
    if program is None:
        raise NotInstalled("kcat is not installed (Debian: apt-get install kcat).")
    return program
