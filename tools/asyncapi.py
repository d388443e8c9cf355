"""The published language as an AsyncAPI document: what lies in the topics, so that a stranger can read it.

Topics are told as `shared/ledger/kafka/topics.py` makes them, headers as the relay writes them, payloads as events are stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import yaml
from kafka.admin import NewTopic
from pydantic import create_model
from pydantic.json_schema import models_json_schema

from services.projections.presentation.words import WORDS
from shared.events.register import EVENTS
from shared.ledger.encoding import Stored, decode, encode
from shared.ledger.kafka.relay import messages_of
from shared.ledger.kafka.topics import Topics
from shared.ledger.model import Event
from shared.ledger.parts import MATCHED, PARTS
from shared.ledger.stamp import stamp
from shared.messages import TIERS
from shared.vocabulary import named
from tools.meanings import FIELDS, INFO, LEDGER, MATCHING, POSITION, PREVIOUS, STREAMS, VALUES

Schema = dict[str, Any]
"""A JSON schema, or a part of one."""

VERSION: Final = "3.0.0"
BINDING: Final = "0.5.0"
DUE: Final = "text.due"
"""What the messages of the second topic are called in the document; their headers bear the event's own name."""
WHERE: Final = "#/components/schemas/"
NOT_IN_STATE: Final = ("originator_id", "originator_version")
RECORDED: Final = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"
DATES: Final = {"date": "2026-05-04", "date-time": "2026-05-04T01:30:00Z"}
TOPICS: Final = Topics.of()
CALLED: Final = {**WORDS, "Tier": {str(tier): words for tier, words in TIERS.items()}}
"""How people call the codes of a value, where boards have words for them."""


def document(release: str) -> Schema:
    """The whole document, as the code says it now."""
    schemas = _schemas()
    messages = {topic: _message(kind, schemas) for topic, kind in EVENTS.items()}
    ledger, matching = TOPICS.wanted()
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "sangkien: the ledger on Kafka",
            "version": release,
            "description": INFO,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{brokers}",
                "protocol": "kafka",
                "description": "Apache Kafka, as `SANGKIEN_KAFKA` names it to the system's own rooms.",
                "variables": {
                    "brokers": {
                        "default": "kafka:9092",
                        "description": "host:port, several with commas; the default is that of `docker-compose.yml`.",
                    }
                },
            }
        },
        "channels": {
            "ledger": _channel(ledger, "The ledger", LEDGER, messages),
            "matching": _channel(matching, "Texts that are due", MATCHING, [DUE]),
        },
        "operations": {
            "publish": _operation("send", "ledger", "The relay publishes what is committed."),
            "name": _operation("send", "matching", "The relay names each text that is due."),
            "deal": {
                **_operation("receive", "matching", "Workers have the parts dealt out."),
                "bindings": {
                    "kafka": {
                        "groupId": {"type": "string", "const": TOPICS.matching},
                        "bindingVersion": BINDING,
                    }
                },
            },
        },
        "components": {
            "messages": {**messages, DUE: _due(_examples("idea.declared", schemas)[1])},
            "schemas": {"Headers": _headers(("previous",)), "DueHeaders": _headers(()), **schemas},
        },
    }


def text(release: str) -> str:
    """The document as a YAML file."""
    told = document(release)
    return str(yaml.dump(told, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=120))


class _Plain(yaml.SafeDumper):  # type: ignore[misc]
    """Without anchors: what stands twice is written twice. Longer texts keep their lines."""

    def ignore_aliases(self, data: object) -> bool:
        return True

    def text(self, said: str) -> yaml.ScalarNode:
        return self.represent_scalar(
            "tag:yaml.org,2002:str", said, style="|" if "\n" in said else None
        )


_Plain.add_representer(str, _Plain.text)


def _channel(topic: NewTopic, title: str, said: str, messages: Sequence[str] | Mapping[str, object]) -> Schema:  # fmt: skip
    configured = {
        name: value.split(",") if name == "cleanup.policy" else int(value)
        for name, value in topic.topic_configs.items()
    }
    return {
        "address": topic.name,
        "title": title,
        "description": said,
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.num_partitions,
                "topicConfiguration": configured,
                "bindingVersion": BINDING,
            }
        },
    }


def _operation(action: str, channel: str, said: str) -> Schema:
    return {
        "action": action,
        "summary": said,
        "channel": {"$ref": f"#/channels/{channel}"},
    }


# Messages.


def _message(kind: type[Event], schemas: Mapping[str, Schema]) -> Schema:
    topic = kind.TOPIC
    sentence, _, more = schemas[kind.__name__]["description"].partition("\n")
    stream = STREAMS.get(topic) or STREAMS[topic.split(".")[0]]
    told = more.strip() or None
    return {
        "name": topic,
        "title": kind.__name__,
        "summary": sentence,
        **({"description": told} if told else {}),
        "contentType": "application/json",
        "headers": _headers_of("Headers", {"const": topic}),
        "payload": {"$ref": WHERE + kind.__name__},
        "correlationId": {"location": "$message.payload#/by/correlation"},
        "bindings": _key(f"The key names the stream: {stream}."),
        "examples": [_examples(topic, schemas)[0]],
    }


def _due(example: Schema) -> Schema:
    return {
        "name": DUE,
        "title": "TextIsDue",
        "summary": "A text is on record that is to be compared with all earlier ones.",
        "contentType": "application/json",
        "headers": _headers_of("DueHeaders", {"enum": sorted(MATCHED)}),
        "payload": {
            "type": "object",
            "properties": {
                "idea": {
                    "type": "string",
                    "format": "uuid",
                    "description": "The idea: the key of its stream.",
                },
                "version": {
                    "type": "integer",
                    "minimum": 1,
                    "description": "The version of the idea that brought the text.",
                },
                "position": {
                    "type": "integer",
                    "minimum": 1,
                    "description": "Where in the ledger it stands: read it there.",
                },
            },
            "required": ["idea", "version", "position"],
        },
        "bindings": _key(
            f"The key names the idea; its partition is the CRC-32 of the id's 16 bytes, modulo {PARTS}."
        ),
        "examples": [example],
    }


def _key(said: str) -> Schema:
    return {
        "kafka": {
            "key": {"type": "string", "format": "uuid", "description": said},
            "bindingVersion": BINDING,
        }
    }


def _headers_of(common: str, kind: Schema) -> Schema:
    said = "Which kind of message this is: by it the message is found in this document."
    return {
        "type": "object",
        "allOf": [{"$ref": WHERE + common}],
        "properties": {"ce_type": {"type": "string", **kind, "description": said}},
    }


def _headers(also: Sequence[str]) -> Schema:
    """What the relay writes above each message; every value is text in UTF-8."""
    told: dict[str, Schema] = {
        "ce_specversion": {"const": "1.0", "description": "The version of CloudEvents."},
        "ce_id": {
            "pattern": r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[1-9]\d*$",
            "description": "The event's own name, `stream/version`: the version is its place in the stream, from 1 on. The same in every repeat.",
        },
        "ce_source": {
            "const": "/sangkien/ledger",
            "description": "That a ledger is the source; which one, the topic says.",
        },
        "ce_type": {"description": "The kind of event."},
        "ce_time": {
            "format": "date-time",
            "description": "When it was put on record: the same instant as `recorded`. When Kafka got it, its own timestamp says.",
        },
        "content-type": {
            "const": "application/json",
            "description": "What the value is: JSON in UTF-8.",
        },
        "position": {"pattern": r"^[1-9]\d*$", "description": POSITION},
        "previous": {"pattern": r"^\d+$", "description": PREVIOUS},
    }
    names = [name for name in told if name != "previous" or name in also]
    return {
        "type": "object",
        "description": "CloudEvents 1.0 in Kafka's binary mode, and the place in the ledger. Every value is text in UTF-8.",
        "properties": {name: {"type": "string", **told[name]} for name in names},
        "required": names,
    }


# Payloads.


def _schemas() -> dict[str, Schema]:
    """What lies in the topic of each event, and the values inside, by name: fields may be added, so none is forbidden."""
    told = models_json_schema(
        [(kind, "serialization") for kind in EVENTS.values()], ref_template=WHERE + "{model}"
    )[1]["$defs"]
    for kind in EVENTS.values():
        for field in _in_full(kind):
            whole = create_model(
                "Whole", field=(kind.model_fields[field].rebuild_annotation(), ...)
            )
            full = whole.model_json_schema(mode="serialization", ref_template=WHERE + "{model}")
            told.update(full["$defs"])
            told[kind.__name__]["properties"][field] = full["properties"]["field"]
    # Rules that were stored without one are older than it, and mean another than today's.
    del told["MatchingRules"]["properties"]["calibration"]["default"]
    return {name: _told(name, schema) for name, schema in sorted(told.items())}


def _in_full(kind: type[Event]) -> Iterator[str]:
    """The fields whose values are written out by a serializer, which hides from a schema what they are."""
    for serializer in kind.__pydantic_decorators__.field_serializers.values():
        yield from serializer.info.fields


def _told(name: str, schema: Schema) -> Schema:
    """A schema with the meaning of each field; an event's as it is stored: without its stream, and with its instant in front."""
    events = {kind.__name__ for kind in EVENTS.values()}
    if "properties" not in schema:
        said = [VALUES.get(name) or schema["description"]]
        said += [f"\n- `{code}`: {w.en} ({w.vi})" for code, w in CALLED.get(name, {}).items()]
        return {**_bare(schema), "description": "".join(said)}
    fields = schema["properties"]
    needed = schema.get("required", [])
    if name in events:
        recorded = {"type": "string", "format": "date-time", "pattern": RECORDED}
        fields = {"recorded": recorded, **{f: s for f, s in fields.items() if f not in NOT_IN_STATE}}  # fmt: skip
        needed = ["recorded", *(field for field in needed if field not in NOT_IN_STATE)]
    return {
        "type": "object",
        "description": schema["description"],
        "properties": {
            field: _with_meaning(f"{name}.{field}", _bare(shape)) for field, shape in fields.items()
        },
        "required": needed,
    }


def _bare(schema: Any) -> Any:  # noqa: ANN401  (whatever a schema holds)
    """A schema without the titles that repeat its names, closed to nothing, and with no word beside a reference."""
    if isinstance(schema, list):
        return [_bare(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: part if key in {"default", "const", "enum"} else _bare(part)
        for key, part in schema.items()
        if key != "title" and (key, part) != ("additionalProperties", False)
    }
    return {"allOf": [{"$ref": kept.pop("$ref")}], **kept} if "$ref" in kept and len(kept) > 1 else kept  # fmt: skip


def meaning_of(field: str) -> str:
    """Under which name the meaning of a `Value.field` is told."""
    return field if field in FIELDS else field.partition(".")[2]


def _with_meaning(field: str, shape: Schema) -> Schema:
    meaning = FIELDS.get(meaning_of(field))
    if meaning is None:
        raise LookupError(f"Say in tools/meanings.py what {field} means.")
    shape = {"allOf": [shape]} if "$ref" in shape else shape
    example = {} if meaning.example is None else {"examples": [meaning.example]}
    return {"description": meaning.said, **shape, **example}


# Examples.


def _examples(topic: str, schemas: Mapping[str, Schema]) -> list[Schema]:
    """An event as the relay would publish it: whole, and where it brings a text, as the one that is due."""
    stream, said = (
        named("example", topic),
        _example({"$ref": WHERE + EVENTS[topic].__name__}, schemas),
    )
    head = stamp(datetime(2026, 5, 4, 1, 30, 0, 250_000, UTC))
    given = head + json.dumps({k: v for k, v in said.items() if k != "recorded"}).encode()[1:]
    event = decode(Stored(417, stream, 1, topic, given)).event
    row = (417, stream.hex, 1, topic, head + encode(event).state[1:])
    return [
        {
            "headers": {name: value.decode() for name, value in message["headers"]},
            "payload": json.loads(message["value"]),
        }
        for message in map(dict[str, Any], messages_of(row, 415, TOPICS))
    ]


def _example(shape: Schema, schemas: Mapping[str, Schema]) -> Any:  # noqa: ANN401  (whatever a schema allows)
    """A value that fits: the example that is told, or the plainest of its type, with all that is needed."""
    match shape:
        case {"examples": [first, *_]} | {"enum": [first, *_]}:
            return first
        case {"$ref": str(where)}:
            return _example(schemas[where.removeprefix(WHERE)], schemas)
        case {"allOf": [one]} | {"anyOf": [one, *_]}:
            return _example(one, schemas)
        case {"type": "object"}:
            fields = shape.get("properties", {})
            told = {*shape.get("required", ()), *(f for f in fields if "examples" in fields[f])}
            return {field: _example(fields[field], schemas) for field in fields if field in told}
        case {"type": "array"}:
            return [_example(shape["items"], schemas)]
        case {"type": "integer" | "number"}:
            return 1
        case {"type": "boolean"}:
            return False
        case {"format": "uuid"}:
            return str(named("example", "id"))
        case {"format": str(written)}:
            return DATES[written]
    return ""
