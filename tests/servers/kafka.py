"""Apache Kafka, broker and controller in one process, from the jars that its project publishes on Maven Central."""

from __future__ import annotations

import base64
import fcntl
import shutil
import socket
import subprocess
import uuid
from pathlib import Path

from tests.servers.server import NotInstalled, Server, free_ports

POM = Path(__file__).with_name("broker-pom.xml")
CACHE = Path(__file__).parents[2] / ".servers" / "kafka"

JAVA_OPTIONS = (
    "-Xms256m",
    "-Xmx512m",
    # A broker that lives for seconds starts sooner, and leaves the tests more processor, without Java's slower compiler.
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{advertised}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# A broker that was killed may register again only when its old session has run out.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=400
"""


class Kafka(Server):
    """An empty broker, without authentication, whose topics a test must create."""

    def __init__(self, *, advertised: int | None = None) -> None:
        """Clients are sent to the `advertised` port, whichever they asked first: there may be a wire behind it."""
        java = shutil.which("java")
        if java is None:
            raise NotInstalled("Kafka needs Java (Debian: apt-get install default-jre-headless).")
        self._java = [java, *JAVA_OPTIONS, "-cp", f"{_jars()}/*"]
        super().__init__()
        self.port, controller = free_ports(2)
        advertised = advertised or self.port
        self.bootstrap = f"127.0.0.1:{advertised}"
        (self.directory / "server.properties").write_text(
            PROPERTIES.format(port=self.port, advertised=advertised, controller=controller)
        )

    def _format(self) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        tool = ("kafka.tools.StorageTool", "format", f"--cluster-id={cluster}")
        self._run(*self._java, *tool, "-c", "server.properties")

    def _command(self) -> list[str]:
        return [*self._java, "kafka.Kafka", "server.properties"]

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


def _jars() -> Path:
    """Where the broker's jars are; they are fetched once for each version of the pom."""
    jars = CACHE / "lib"
    fetched = jars / POM.name
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not fetched.exists() or fetched.read_bytes() != POM.read_bytes():
            shutil.rmtree(jars, ignore_errors=True)
            _fetch(jars)
            shutil.copyfile(POM, fetched)
    return jars


def _fetch(jars: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise NotInstalled("Fetching Kafka needs Maven (Debian: apt-get install maven).")
    goal = ("dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={jars}")
    done = subprocess.run(
        [maven, "-q", "-B", "-f", str(POM), *goal],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotInstalled(f"Maven could not fetch Kafka:\n{(done.stdout + done.stderr)[-4000:]}")
