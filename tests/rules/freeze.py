"""Write down what every event looks like, so that no later version can change it unnoticed.

python -m tests.rules.freeze                  the kinds of event that are not frozen yet
python -m tests.rules.freeze --force TOPIC    a kind that gained a field with a default
python -m tests.rules.freeze --force          everything anew, before the first release
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from shared.events.register import EVENTS
from shared.ledger.encoding import Stored, decode, encode
from shared.ledger.model import Event
from tests.samples import sample

SCHEMAS = Path(__file__).with_name("schemas")
SAMPLES = Path(__file__).with_name("samples")
RECORDED = "2022-01-08T00:00:00.000000Z"
WORDING = frozenset({"title", "description"})
VALUES = frozenset({"default", "const", "enum", "examples"})

Json = Any
"""Whatever a JSON file may hold."""


class WithEveryDefault(GenerateJsonSchema):
    """Pydantic's own schema leaves out a default that a factory makes, although events are stored without it too."""

    def get_default_value(self, schema: core_schema.WithDefaultSchema) -> Json:
        if "default_factory" in schema:
            return schema["default_factory"]()  # type: ignore[call-arg]
        return super().get_default_value(schema)


def schema_of(kind: type[Event]) -> Json:
    """The shape of an event without its wording: names, types, limits, and every default down to nested values."""
    shape: JsonSchemaValue = kind.model_json_schema(schema_generator=WithEveryDefault)
    return json.loads(json.dumps({"version": kind.SCHEMA, **_without_wording(shape)}))


def _without_wording(shape: Json) -> Json:
    if isinstance(shape, list):
        return [_without_wording(part) for part in shape]
    if not isinstance(shape, dict):
        return shape
    return {
        key: part if key in VALUES else _without_wording(part)
        for key, part in shape.items()
        if not (key in WORDING and isinstance(part, str))
    }


def meaning(event: Event) -> Json:
    """All that an event says, defaults included."""
    return event.model_dump(mode="json", by_alias=True)


def samples_of(kind: type[Event]) -> Json:
    """An event with nothing but what it must say, and one with everything: as stored, and what it means."""
    result = {}
    for name, full in (("least", False), ("most", True)):
        event = sample(kind, full=full)
        state = json.loads(encode(event).state)
        result[name] = {"stored": {"recorded": RECORDED, **state}, "means": meaning(event)}
    return result


def decoded(kind: type[Event], stored: Mapping[str, Json]) -> Event:
    """The event of a sample that is as old as it may be, read by this version."""
    state = json.dumps(stored, ensure_ascii=False, separators=(",", ":")).encode()
    like = sample(kind, full=False)
    return decode(Stored(1, like.originator_id, like.originator_version, kind.TOPIC, state)).event


def files_of(kind: type[Event]) -> dict[Path, Json]:
    """The files that freeze one kind of event, with what they should hold today."""
    return {
        SCHEMAS / f"{kind.TOPIC}.json": schema_of(kind),
        SAMPLES / f"{kind.TOPIC}.{kind.SCHEMA}.json": samples_of(kind),
    }


def topic_of(path: Path) -> str:
    """The topic that a file belongs to; a sample's name ends with the version of its schema."""
    return path.stem if path.parent == SCHEMAS else path.stem.rpartition(".")[0]


def main() -> None:
    parser = argparse.ArgumentParser(description="Write down what every event looks like.")
    parser.add_argument("topics", nargs="*", choices=[*EVENTS, []], metavar="TOPIC")
    parser.add_argument("--force", action="store_true", help="overwrite what is frozen already")
    asked = parser.parse_args()
    for topic in asked.topics if asked.force else ():
        frozen = SCHEMAS / f"{topic}.json"
        if frozen.exists() and json.loads(frozen.read_text())["version"] == EVENTS[topic].SCHEMA:
            parser.error(f"raise the SCHEMA of {topic} first: its sample of today is to be kept")
    for topic in asked.topics or EVENTS:
        for path, holds in files_of(EVENTS[topic]).items():
            path.parent.mkdir(exist_ok=True)
            _freeze(path, json.dumps(holds, ensure_ascii=False, indent=1) + "\n", force=asked.force)
    if asked.force and not asked.topics:
        for path in [*SCHEMAS.glob("*.json"), *SAMPLES.glob("*.json")]:
            if topic_of(path) not in EVENTS:
                path.unlink()
                print(f"{path.parent.name}/{path.name} removed")


def _freeze(path: Path, text: str, *, force: bool) -> None:
    name = f"{path.parent.name}/{path.name}"
    if not path.exists():
        path.write_text(text, encoding="utf-8")
        print(f"{name} written")
    elif path.read_text(encoding="utf-8") == text:
        return
    elif force:
        path.write_text(text, encoding="utf-8")
        print(f"{name} overwritten")
    else:
        print(f"{name} would change and stays as it is; --force overwrites it")


if __name__ == "__main__":
    main()
