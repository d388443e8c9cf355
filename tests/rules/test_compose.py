"""The containers say what the code knows: settings, commands, rooms and routes; every image is pinned, and none is root."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.serving import ROOMS, Serving
from services.wiring import System
from shared.settings import Settings
from tests.servers.kafka import PROPERTIES
from tools.reference import commands

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
PROXY = (ROOT / "deploy" / "proxy.conf").read_text("utf-8")
SETTINGS = {f"SANGKIEN_{name.upper()}" for name in Settings.model_fields}
HOW_TO = (ROOT / "docs" / "how-to" / "run-with-compose.md").read_text("utf-8")
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
PINNED = re.compile(r"[\w./-]+:\d+\.\d+(\.\d+)?(-[\w.]+)*")
INSIDE = {"/livez", "/readyz", "/metrics"}
"""Each room's own affairs, which the proxy does not hand on."""


def variables(text: str) -> set[str]:
    return set(re.findall(r"\bSANGKIEN_[A-Z_]+[A-Z]\b", text))


def interpolated() -> set[str]:
    """What the file takes from the operator's own environment."""
    return set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text("utf-8")))


def test_compose_itself_takes_the_file() -> None:
    docker = shutil.which("docker")
    if docker is None:
        pytest.skip("docker is not installed")
    if subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker has no compose plugin")
    done = subprocess.run(
        [docker, "compose", "config", "--quiet"],
        cwd=ROOT,
        env={**os.environ, **dict.fromkeys(interpolated(), "secret")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


# Images and users.


def test_every_image_is_pinned() -> None:
    built = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    images = [*built, *(service["image"] for service in SERVICES.values())]
    assert [image for image in images if not PINNED.fullmatch(image)] == []


def test_nothing_runs_as_root() -> None:
    # The last stage is the one that runs.
    [user] = re.findall(r"^USER (\S+)", DOCKERFILE.rpartition("\nFROM ")[2], re.MULTILINE)
    assert user.isdecimal(), "only a number can be checked by whoever runs the image"
    for name, service in SERVICES.items():
        runs_as = str(service.get("user", user if name in OURS else "root")).split(":")[0]
        assert runs_as not in {"root", "0"}, name


def test_nothing_can_become_root_or_reach_the_machine() -> None:
    for name, service in SERVICES.items():
        for door in ("privileged", "cap_add", "pid", "ipc", "network_mode", "devices"):
            assert door not in service, f"{name}: {door}"
        assert not any("docker.sock" in mount for mount in service.get("volumes", ())), name
    for name in (*OURS, "proxy"):
        assert SERVICES[name]["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in SERVICES[name]["security_opt"], name


def test_our_image_is_tagged_with_the_version_and_has_its_python() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text("utf-8")
    [version] = re.findall(r'^version = "(.+)"', pyproject, re.MULTILINE)
    assert {service["image"] for service in OURS.values()} == {f"sangkien:{version}"}
    [python] = set(re.findall(r"^FROM python:(\d+\.\d+)", DOCKERFILE, re.MULTILINE))
    assert f'requires-python = ">={python}"' in pyproject


def test_the_broker_is_the_one_that_the_tests_start() -> None:
    pom = (ROOT / "tests" / "servers" / "broker-pom.xml").read_text("utf-8")
    [version] = re.findall(r"<artifactId>kafka_[\d.]+</artifactId>\s*<version>(.+)</version>", pom)
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{version}"


# Settings and commands.


@pytest.mark.parametrize(
    "file", ["docker-compose.yml", "Dockerfile", "deploy/proxy.conf", "deploy/databases.sql"]
)
def test_every_variable_is_a_setting(file: str) -> None:
    assert variables((ROOT / file).read_text("utf-8")) <= SETTINGS


def test_a_container_of_ours_is_told_nothing_but_settings() -> None:
    for name, service in OURS.items():
        assert set(service["environment"]) <= SETTINGS, name


def test_what_the_broker_is_told_are_settings_of_a_broker() -> None:
    known = {line.partition("=")[0] for line in PROPERTIES.splitlines() if "=" in line}
    told = SERVICES["kafka"]["environment"]
    properties = {name.removeprefix("KAFKA_").lower().replace("_", ".") for name in told}
    assert properties <= known
    assert all(isinstance(value, str) for value in told.values())


def test_what_the_operator_must_give_is_in_the_how_to() -> None:
    assert interpolated() == {name for name in interpolated() if f"{name}=" in HOW_TO}


@pytest.mark.parametrize("name", OURS)
def test_what_a_container_is_told_makes_valid_settings(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = dict(re.findall(r"(SANGKIEN_\w+)=(\S+)", DOCKERFILE))
    told = {**image, **OURS[name]["environment"]}
    for variable in SETTINGS:
        monkeypatch.delenv(variable, raising=False)
    for variable, value in told.items():
        assert isinstance(value, str), f"{name}: quote {variable}"
        monkeypatch.setenv(variable, re.sub(r"\$\{[^}]*\}", "secret", value))
    settings = Settings()
    addresses = [settings.address(which) for which in ("ledger", "views", "vault")]
    assert len(set(addresses)) == 3
    assert settings.host == "0.0.0.0"


def words(service: dict[str, Any]) -> list[str]:
    command = service["command"]
    return shlex.split(command) if isinstance(command, str) else list(command)


@pytest.mark.parametrize("name", OURS)
def test_every_command_exists(name: str) -> None:
    assert 'ENTRYPOINT ["sangkien"]' in DOCKERFILE
    first, *rest = words(OURS[name])
    assert first in {command for command, _ in commands()}
    assert set(rest) <= set(ROOMS) if first == "serve" else rest == ["sangkien"]
    if first == "grant":
        databases = (ROOT / "deploy" / "databases.sql").read_text("utf-8")
        assert f"CREATE ROLE {rest[0]} LOGIN" in databases


def test_every_command_of_the_how_to_exists() -> None:
    """What is run in a container, by its name and as a command of ours."""
    joined = HOW_TO.replace("\\\n", " ")
    found = re.findall(r"^docker compose run --rm (?:-v \S+ )?(\w+)\s+(.+)$", joined, re.MULTILINE)
    assert found
    known = {command for command, _ in commands()}
    for service, command in found:
        assert service in OURS
        first, second, *_ = shlex.split(command)
        assert first in known or f"{first} {second}" in known


def test_each_room_has_a_container_of_its_own() -> None:
    served = {name: words(s)[1:] for name, s in OURS.items() if words(s)[0] == "serve"}
    assert served == {room: [room] for room in ROOMS}


def stays(service: dict[str, Any]) -> bool:
    """Whether a container is to run for good."""
    return bool(service.get("restart") != "no")


def test_what_others_wait_for_says_when_it_is_well() -> None:
    for name, service in SERVICES.items():
        waits = service.get("depends_on", {})
        assert set(waits) <= set(SERVICES), name
        for awaited, how in waits.items() if isinstance(waits, dict) else ():
            if how["condition"] == "service_healthy":
                assert "test" in SERVICES[awaited]["healthcheck"]
            else:
                assert how["condition"] == "service_completed_successfully"
                assert not stays(SERVICES[awaited]), awaited


@pytest.mark.parametrize("name", SERVICES)
def test_whatever_stays_says_whether_it_is_well(name: str) -> None:
    health = SERVICES[name]["healthcheck"]
    if not stays(SERVICES[name]):
        assert health == {"disable": True}
        return
    assert "disable" not in health
    assert health["test"][0] == "CMD"
    assert len(health["test"]) > 1
    assert {"interval", "timeout", "retries"} <= set(health)


def test_health_is_asked_for_where_it_is_answered(tmp_path: Path) -> None:
    [port] = re.findall(r"SANGKIEN_PORT=(\d+)", DOCKERFILE)
    assert f"EXPOSE {port}" in DOCKERFILE
    assert set(re.findall(r"proxy_pass http://\$room:(\d+);", PROXY)) == {port}
    answered = {(room, path) for room, path in paths(tmp_path)}
    for name, service in OURS.items():
        if stays(service):
            [asked] = re.findall(
                r"http://127\.0\.0\.1:(\d+)(/\w+)", service["healthcheck"]["test"][-1]
            )
            assert asked[0] == port
            assert (words(service)[1], asked[1]) in answered, name
    [listens] = re.findall(r"listen (\d+);", PROXY)
    assert SERVICES["proxy"]["healthcheck"]["test"][-1] == f"http://127.0.0.1:{listens}/livez"
    assert "location = /livez" in PROXY
    assert [mapped.rpartition(":")[2] for mapped in SERVICES["proxy"]["ports"]] == [listens]


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


def test_files_and_volumes_that_are_mounted_exist() -> None:
    for name, service in SERVICES.items():
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            assert (ROOT / source).exists() if "/" in source else source in COMPOSE["volumes"], name


# The proxy.


def routing() -> list[tuple[re.Pattern[str], str]]:
    """The proxy's table, in its order."""
    [table] = re.findall(r"map \$uri \$room \{(.*?)\n\}", PROXY, re.DOTALL)
    return [
        (re.compile(pattern), room)
        for pattern, room in re.findall(r"^\s*~(\S+)\s+(\w+);", table, re.MULTILINE)
    ]


def routed(path: str) -> str:
    return next((room for pattern, room in routing() if pattern.search(path)), "")


def paths(home: Path) -> Iterator[tuple[str, str]]:
    """Every path that a room answers, with its parameters filled in."""
    with System(Settings(data=home)) as system:
        for room in ROOMS:
            for path in Serving(system, [room]).app.openapi()["paths"]:
                yield room, re.sub(r"\{\w+\}", "0190-a", path)


def test_the_proxy_hands_each_path_to_the_room_that_answers_it(tmp_path: Path) -> None:
    wrong = {
        path: (routed(path), room)
        for room, path in paths(tmp_path)
        if path not in INSIDE and routed(path) != room
    }
    assert not wrong


def test_the_proxy_keeps_inside_what_is_a_rooms_own() -> None:
    for path in ("/", "/readyz", "/metrics", "/docs", "/openapi.json", "/boardsx", "/ideasx"):
        assert not routed(path), path
