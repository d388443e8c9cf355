"""Real servers for the tests, each with a port and a directory of its own, gone when the tests are."""

from tests.servers.kafka import Kafka
from tests.servers.postgres import Postgres
from tests.servers.server import DidNotStart, NotInstalled, Server
from tests.servers.wire import Wire

__all__ = ["DidNotStart", "Kafka", "NotInstalled", "Postgres", "Server", "Wire"]
