"""The AsyncAPI document as a stranger reads it: what he knows of a message, he knows from there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import yaml

WRITTEN = Path(__file__).parents[2] / "docs" / "reference" / "asyncapi.yaml"

Json = Any
"""Whatever a document may hold."""


class Message(NamedTuple):
    """One kind of message, and what holds its parts to their schemas."""

    name: str
    headers: jsonschema_rs.Draft7Validator
    key: jsonschema_rs.Draft7Validator
    payload: jsonschema_rs.Draft7Validator
    examples: list[Json]


class Document:
    """The document, with its references followed. `closed`, it takes offence at fields that it does not name."""

    def __init__(self, text: str | None = None, *, closed: bool = False) -> None:
        self.said: Json = yaml.safe_load(text or WRITTEN.read_text("utf-8"))
        self._closed = closed
        self._known: dict[str, list[Message]] = {}

    def channel(self, address: str) -> Json:
        """The channel whose messages lie in that topic."""
        [found] = [c for c in self.said["channels"].values() if c["address"] == address]
        return found

    def messages(self, address: str) -> list[Message]:
        """Every kind of message in a topic."""
        if address not in self._known:
            references = self.channel(address)["messages"].values()
            self._known[address] = [self._told(self._followed(ref)) for ref in references]
        return self._known[address]

    def _told(self, told: Json) -> Message:
        return Message(
            told["name"],
            self.validator(told["headers"]),
            self.validator(told["bindings"]["kafka"]["key"]),
            self.validator(told["payload"]),
            told["examples"],
        )

    def message(self, address: str, headers: Mapping[str, str]) -> Message:
        """The one kind of message whose headers these are."""
        [found] = [m for m in self.messages(address) if m.headers.is_valid(dict(headers))]
        return found

    def validator(self, schema: Json) -> jsonschema_rs.Draft7Validator:
        """What holds a value to a schema of the document. Raises ValidationError for what is no schema."""
        components = self.said["components"]
        if self._closed:
            schemas = components["schemas"]
            components = {**components, "schemas": {n: _closed(n, schemas[n]) for n in schemas}}
        return jsonschema_rs.Draft7Validator(
            {**schema, "components": components}, validate_formats=True
        )

    def _followed(self, told: Json) -> Json:
        if "$ref" not in told:
            return told
        found = self.said
        for step in told["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return found


def _closed(name: str, schema: Json) -> Json:
    # What all headers have in common is part of what each message says of its own.
    if "properties" not in schema or name.endswith("Headers"):
        return schema
    return {**schema, "additionalProperties": False}
