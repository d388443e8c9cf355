"""The written variants that count as the same words, as data: everything a person may add to is there."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Final

TABLES: Final = tomllib.loads(files(__package__).joinpath("variants.toml").read_text("utf-8"))
VERSION: Final[str] = TABLES["version"]
