"""`python -m services.cli` is the command `sangkien`."""

from services.cli import main

main()
