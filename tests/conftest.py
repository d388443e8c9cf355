"""What every kind of test may ask for: real servers, started once for the whole run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn, TypeVar

import pytest
from hypothesis import settings

from tests import foreign
from tests.servers import Kafka, NotInstalled, Postgres, Server

TServer = TypeVar("TServer", bound=Server)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engines",
        choices=["available", "all"],
        default="available",
        help="what a missing PostgreSQL, Kafka or foreign program means: a skip with the reason, or a failure",
    )


def pytest_configure() -> None:
    """A slow machine is no defect. (Where CI is set, hypothesis also repeats the same examples by itself.)"""
    settings.register_profile("patient", settings(), deadline=None)
    settings.load_profile("patient")


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    """A PostgreSQL server; each test makes databases of its own in it."""
    with _running(Postgres, request.config) as server:
        yield server


@pytest.fixture(scope="session")
def kafka_server(request: pytest.FixtureRequest) -> Iterator[Kafka]:
    """A Kafka broker; each test makes topics of its own in it."""
    with _running(Kafka, request.config) as server:
        yield server


@pytest.fixture(scope="session")
def kcat(request: pytest.FixtureRequest) -> str:
    """A Kafka client that is not ours."""
    try:
        return foreign.kcat()
    except NotInstalled as missing:
        _lacking(missing, request.config)


@pytest.fixture(scope="session")
def asyncapi_parser(request: pytest.FixtureRequest) -> foreign.AsyncApiParser:
    """The AsyncAPI project's own reader of documents."""
    try:
        return foreign.AsyncApiParser()
    except NotInstalled as missing:
        _lacking(missing, request.config)


@contextmanager
def _running(engine: type[TServer], config: pytest.Config) -> Iterator[TServer]:
    try:
        server = engine()
    except NotInstalled as missing:
        _lacking(missing, config)
    with server:
        yield server


def _lacking(missing: NotInstalled, config: pytest.Config) -> NoReturn:
    if config.getoption("--engines") == "all" or os.environ.get("CI"):
        pytest.fail(str(missing), pytrace=False)
    pytest.skip(str(missing))
