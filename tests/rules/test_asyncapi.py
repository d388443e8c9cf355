"""The document of the topics is a valid one, and true: every event that was ever stored fits what it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from uuid import UUID

import jsonschema_rs
import pytest
import yaml

from shared.events.register import EVENTS
from shared.ledger.encoding import Stored, decode, encode
from shared.ledger.kafka.topics import Topics
from shared.ledger.stamp import PREFIX
from tests.foreign import AsyncApiParser, Document
from tests.foreign.document import WRITTEN, Json
from tests.rules.freeze import SAMPLES, topic_of
from tools.meanings import FIELDS, STREAMS, VALUES
from tools.payloads import meaning_of

TOPICS = Topics.of()
DOCUMENT = Document(closed=True)
MESSAGES = {told.name: told for told in DOCUMENT.messages(TOPICS.ledger)}
SCHEMAS = DOCUMENT.said["components"]["schemas"]
HEADERS = {"Headers", "DueHeaders"}


def stored_samples(path: Path) -> list[Json]:
    """The samples in a file, as they are stored."""
    return [kept["stored"] for kept in json.loads(path.read_text("utf-8")).values()]


# The document is valid.


def test_the_projects_own_parser_has_nothing_to_say_against_it(
    asyncapi_parser: AsyncApiParser,
) -> None:
    assert asyncapi_parser.complaints(WRITTEN.read_text("utf-8")) == [[]]


SPOILS: dict[str, Callable[[Json], object]] = {
    "nothing": lambda _: None,
    "no version": lambda said: said["info"].pop("version"),
    "a word that there is not": lambda said: said.update(topics=[]),
    "no such action": lambda said: said["operations"]["publish"].update(action="emit"),
    "no partition": lambda said: said["channels"]["ledger"]["bindings"]["kafka"].update(partitions=0),
    "a reference to nothing": lambda said: said["components"]["messages"]["person.erased"].update(
        payload={"$ref": "#/components/schemas/Nothing"}
    ),
    "no schema": lambda said: said["components"]["schemas"]["Actor"].update(type="actor"),
}  # fmt: skip


def test_the_parser_would_notice(asyncapi_parser: AsyncApiParser) -> None:
    spoilt = {}
    for what, spoil in SPOILS.items():
        said = deepcopy(DOCUMENT.said)
        # One message will do, and takes a tenth of the time.
        components = said["components"]
        for told in (said["channels"]["ledger"]["messages"], components["messages"]):
            for topic in set(MESSAGES) - {"person.erased"}:
                del told[topic]
        kept = {*HEADERS, "PersonErased", "Actor"}
        components["schemas"] = {name: components["schemas"][name] for name in kept}
        spoil(said)
        spoilt[what] = yaml.safe_dump(said)
    complaints = dict(zip(spoilt, asyncapi_parser.complaints(*spoilt.values()), strict=True))
    assert [what for what, said in complaints.items() if not said] == ["nothing"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_a_json_schema(name: str) -> None:
    jsonschema_rs.meta.validate({"$schema": "http://json-schema.org/draft-07/schema#", **SCHEMAS[name]})  # fmt: skip
    DOCUMENT.validator({"$ref": f"#/components/schemas/{name}"})


# It is complete.


def test_every_event_is_a_message_of_the_ledgers_topic() -> None:
    assert sorted(MESSAGES) == sorted(EVENTS)


def test_the_topics_are_the_ones_that_are_made() -> None:
    made = {topic.name: topic for topic in TOPICS.wanted()}
    assert {told["address"] for told in DOCUMENT.said["channels"].values()} == set(made)
    for name, topic in made.items():
        kafka = DOCUMENT.channel(name)["bindings"]["kafka"]
        assert (kafka["topic"], kafka["partitions"]) == (name, topic.num_partitions)
        assert set(kafka["topicConfiguration"]) == set(topic.topic_configs)
    assert DOCUMENT.channel(TOPICS.ledger)["bindings"]["kafka"]["partitions"] == 1


def test_every_field_has_a_meaning_and_every_meaning_a_field() -> None:
    named = {
        f"{schema}.{field}"
        for schema, told in SCHEMAS.items()
        if schema not in HEADERS
        for field in told.get("properties", {})
    }
    assert {meaning_of(field) for field in named} == set(FIELDS)
    assert set(VALUES) <= set(SCHEMAS)
    used = {topic if topic in STREAMS else topic.split(".")[0] for topic in EVENTS}
    assert used == set(STREAMS)


def test_whatever_has_parts_or_choices_is_explained() -> None:
    assert [name for name, told in SCHEMAS.items() if not told.get("description")] == []


# It is true.


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=path.stem) for path in sorted(SAMPLES.glob("*.json"))]
)
def test_every_event_that_was_ever_stored_fits(path: Path) -> None:
    payload = MESSAGES[topic_of(path)].payload
    for stored in stored_samples(path):
        payload.validate(stored)
        spoilt = [
            {**stored, "unheard-of": 1},
            {**stored, "by": {**stored["by"], "unheard-of": 1}},
            {name: value for name, value in stored.items() if name != "recorded"},
            {**stored, "recorded": "yesterday"},
            {**stored, "originator_version": 1},
        ]
        assert not any(map(payload.is_valid, spoilt))


@pytest.mark.parametrize("topic", EVENTS)
def test_an_example_is_a_message_that_could_be(topic: str) -> None:
    message = MESSAGES[topic]
    [example] = message.examples
    headers, payload = example["headers"], example["payload"]
    message.headers.validate(headers)
    message.payload.validate(payload)
    stream, _, version = headers["ce_id"].partition("/")
    message.key.validate(stream)
    state = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    recorded = decode(Stored(417, stream, int(version), headers["ce_type"], state))
    assert recorded.recorded.isoformat() == headers["ce_time"]
    assert recorded.event.originator_id == UUID(stream)
    assert encode(recorded.event).state[1:] == state[PREFIX:]


def test_a_message_is_of_one_kind_only() -> None:
    for message in MESSAGES.values():
        [example] = message.examples
        assert DOCUMENT.message(TOPICS.ledger, example["headers"]).name == message.name


def test_a_strangers_reader_bears_a_field_that_is_added_later() -> None:
    [example] = MESSAGES["idea.declared"].examples
    later = {**example["payload"], "mood": "glad"}
    assert not MESSAGES["idea.declared"].payload.is_valid(later)
    Document().message(TOPICS.ledger, example["headers"]).payload.validate(later)


def test_a_text_that_is_due_is_told_as_well() -> None:
    [due] = DOCUMENT.messages(TOPICS.matching)
    [example] = due.examples
    due.headers.validate(example["headers"])
    due.payload.validate(example["payload"])
    assert not due.headers.is_valid({**example["headers"], "ce_type": "idea.withdrawn"})
