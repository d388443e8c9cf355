"""The command line: `sangkien`."""

from services.cli.app import main

__all__ = ["main"]
