"""The published language as an AsyncAPI document: what lies in the topics, so that a stranger can read it.

Topics are told as `shared/ledger/kafka/topics.py` makes them, headers as the relay writes them, payloads as events are stored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import yaml
from kafka.admin import NewTopic

from shared.events.register import EVENTS
from shared.ledger.encoding import Stored, decode, encode
from shared.ledger.kafka.message import SAID
from shared.ledger.kafka.parking import PARKED_AT, REASON
from shared.ledger.kafka.relay import messages_of
from shared.ledger.kafka.topics import Topics
from shared.ledger.model import Event
from shared.ledger.parts import MATCHED, PARTS
from shared.ledger.stamp import stamp
from shared.vocabulary import named
from tools.meanings import INFO, LEDGER, MATCHING, PARKED, POSITION, PREVIOUS, STREAMS
from tools.payloads import WHERE, Schema, example, schemas

VERSION: Final = "3.0.0"
BINDING: Final = "0.5.0"
DUE: Final = "text.due"
"""What the messages of the second topic are called in the document; their headers bear the event's own name."""
LAID: Final = "message.parked"
"""What the messages of the third are called; their headers tell of the message that was found."""
TOPICS: Final = Topics.of()


def document(release: str) -> Schema:
    """The whole document, as the code says it now."""
    payloads = schemas()
    messages = {topic: _message(kind, payloads) for topic, kind in EVENTS.items()}
    ledger, matching, parked = TOPICS.wanted()
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
            "parked": _channel(parked, "What nobody could read", PARKED, [LAID]),
        },
        "operations": {
            "publish": _operation("send", "ledger", "The relay publishes what is committed."),
            "name": _operation("send", "matching", "The relay names each text that is due."),
            "park": _operation("send", "parked", "A reader of ours lays aside what is no fact."),
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
            "messages": {
                **messages,
                DUE: _due(_examples("idea.declared", payloads)[1]),
                LAID: _laid_aside(),
            },
            "schemas": {"Headers": _headers(("previous",)), "DueHeaders": _headers(()), **payloads},
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


def _message(kind: type[Event], payloads: Mapping[str, Schema]) -> Schema:
    topic = kind.TOPIC
    sentence, _, more = payloads[kind.__name__]["description"].partition("\n")
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
        "examples": [_examples(topic, payloads)[0]],
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


def _laid_aside() -> Schema:
    found = {name: {"type": "string", "description": "As it was found."} for name in SAID}
    return {
        "name": LAID,
        "title": "MessageIsParked",
        "summary": "A message in a topic was no fact that could be read; here is a copy of it.",
        "description": "A message without headers and value takes the one of the same key out.",
        "contentType": "application/octet-stream",
        "headers": {
            "type": "object",
            "properties": {
                **found,
                REASON: {"type": "string", "description": "What was wrong with it."},
                PARKED_AT: {
                    "type": "string",
                    "format": "date-time",
                    "description": "When it was laid here.",
                },
            },
            "required": [REASON, PARKED_AT],
        },
        "payload": {"description": "The value as it was found, whatever it is; long ones are cut."},
        "bindings": {
            "kafka": {
                "key": {
                    "type": "string",
                    "pattern": r"^[\w.-]+/\d+/\d+$",
                    "description": "Where it lies: topic, partition and offset.",
                },
                "bindingVersion": BINDING,
            }
        },
        "examples": [
            {
                "headers": {
                    REASON: f"{TOPICS.ledger} partition 0 offset 7 cannot be decoded.",
                    PARKED_AT: "2026-05-04T01:30:00+00:00",
                },
                "payload": "hello",
            }
        ],
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


def _examples(topic: str, payloads: Mapping[str, Schema]) -> list[Schema]:
    """An event as the relay would publish it: whole, and where it brings a text, as the one that is due."""
    stream = named("example", topic)
    said = example({"$ref": WHERE + EVENTS[topic].__name__}, payloads)
    head = stamp(datetime(2026, 5, 4, 1, 30, 0, 250_000, UTC))
    given = head + json.dumps({k: v for k, v in said.items() if k != "recorded"}).encode()[1:]
    event = decode(Stored(417, stream, 1, topic, given)).event
    stored = Stored(417, stream, 1, topic, head + encode(event).state[1:])
    return [
        {
            "headers": {name: value.decode() for name, value in message["headers"]},
            "payload": json.loads(message["value"]),
        }
        for message in map(dict[str, Any], messages_of(stored, 415, TOPICS))
    ]
