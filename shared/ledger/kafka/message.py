"""The message: a fact of the ledger as its topic carries it, or something else that got there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar
from uuid import UUID

from kafka.consumer.fetcher import ConsumerRecord
from pydantic import ValidationError

from shared.ledger.encoding import Stored
from shared.vocabulary import Position

T = TypeVar("T")
SAID: Final = ("position", "previous", "ce_id", "ce_type", "ce_time", "ce_source")
"""The headers that say of which fact a message is."""


class Undecodable(ValueError):
    """A message is not a fact that this version can read."""

    def __init__(self, message: ConsumerRecord, problem: Exception) -> None:
        super().__init__(
            f"{message.topic} partition {message.partition} offset {message.offset} cannot be decoded "
            f"({type(problem).__name__}: {_said(problem)})."
        )
        self.message = message


def _said(problem: Exception) -> str:
    """What is wrong, without what stands in the message: that may be the text of an idea."""
    if isinstance(problem, ValidationError):
        faults = problem.errors(include_input=False, include_url=False, include_context=False)
        return "; ".join(f"{'.'.join(map(str, f['loc']))}: {f['msg']}" for f in faults)
    return str(problem)


class Carried(NamedTuple):
    """What a message says of a fact: the position before it, and the fact as it is stored."""

    previous: Position
    stored: Stored


def opened(message: ConsumerRecord) -> Carried:
    """The fact in a message, not decoded yet. Raises Undecodable."""
    try:
        headers = dict(message.headers)
        place, topic = int(headers["position"]), headers["ce_type"].decode()
        stream, _, version = headers["ce_id"].decode().partition("/")
        stored = Stored(place, UUID(stream), int(version), topic, message.value)
        return Carried(int(headers["previous"]), stored)
    except (LookupError, ValueError, TypeError, AttributeError) as problem:
        raise Undecodable(message, problem) from problem


def decoded(message: ConsumerRecord, stored: Stored, decode: Callable[[Stored], T]) -> T:
    """The fact in a message that was opened, as somebody decodes it. Raises Undecodable."""
    try:
        return decode(stored)
    except (LookupError, ValueError, TypeError) as problem:
        raise Undecodable(message, problem) from problem
