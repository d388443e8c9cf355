"""The vault on PostgreSQL: several processes may be the first to open it."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import psycopg
import pytest

from shared.vault import Vault

pytestmark = pytest.mark.postgres

AT_ONCE = 8
ROUNDS = 10


def test_of_several_that_open_an_empty_vault_at_the_same_moment_nobody_gives_up(
    postgres_url: str,
) -> None:
    together = threading.Barrier(AT_ONCE)

    def pseudonym(_: int) -> UUID:
        together.wait()
        vault = Vault(postgres_url, entropy=os.urandom)
        try:
            return vault.pseudonym("cổng", "NV-1")
        finally:
            vault.close()

    with ThreadPoolExecutor(AT_ONCE) as hands:
        for _ in range(ROUNDS):
            # All seal under what one of them made, or an author would be somebody else in each process.
            assert len(set(hands.map(pseudonym, range(AT_ONCE)))) == 1
            with psycopg.connect(postgres_url, autocommit=True) as connection:
                connection.execute("DROP TABLE person_keys, peppers")
