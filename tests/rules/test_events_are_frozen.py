"""Events are for ever: what an event looked like when it was stored, it looks like to every later version.

Events are stored without what equals its default (`exclude_defaults`, down to the values inside them), so a default that
changed, be it a threshold deep in the matching rules, would change what old events say. Two things catch that: the frozen
schemas hold every default, nested ones and those made by factories too; and each stored sample is kept with all that it
meant when it was frozen. What a schema cannot show, such as a validator that turns one value into another, only the samples
catch, and only for the values in them.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from shared.events.register import EVENTS
from shared.ledger.encoding import encode
from shared.ledger.model import Event
from tests.rules.freeze import RECORDED, SAMPLES, SCHEMAS, decoded, meaning, schema_of, topic_of
from tests.samples import sample

KINDS = [pytest.param(kind, id=topic) for topic, kind in EVENTS.items()]
FROZEN_SAMPLES = [pytest.param(path, id=path.stem) for path in sorted(SAMPLES.glob("*.json"))]


def kinds_below(kind: type[Event]) -> list[type[Event]]:
    return [found for child in kind.__subclasses__() for found in (child, *kinds_below(child))]


def differences(frozen: Any, today: Any, at: str = "") -> list[str]:
    """Where two schemas differ, in words."""
    if isinstance(frozen, dict) and isinstance(today, dict):
        return [
            line
            for key in dict.fromkeys([*frozen, *today])
            for line in (
                [f"{at}/{key} is gone"]
                if key not in today
                else [f"{at}/{key} is new"]
                if key not in frozen
                else differences(frozen[key], today[key], f"{at}/{key}")
            )
        ]
    return [] if frozen == today else [f"{at} was {frozen!r} and is {today!r}"]


def still_says(before: Any, today: Any) -> bool:
    """Whether everything that was said is still said; what was added since does not matter."""
    if isinstance(before, dict):
        return isinstance(today, dict) and all(
            key in today and still_says(value, today[key]) for key, value in before.items()
        )
    if isinstance(before, list):
        return (
            isinstance(today, list)
            and len(before) == len(today)
            and all(still_says(one, other) for one, other in zip(before, today, strict=True))
        )
    return bool(before == today)


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_is_said_in_a_sentence_and_has_a_lasting_name(kind: type[Event]) -> None:
    sentence = (kind.__dict__.get("__doc__") or "").partition("\n")[0]
    assert re.fullmatch(r"[A-Z].+[a-z)]\.", sentence), (
        f"{kind.__name__} needs a sentence: {sentence!r}"
    )
    assert "TOPIC" in kind.__dict__
    assert re.fullmatch(r"[a-z]+(\.[a-z]+(-[a-z]+)*)+(\.[2-9])?", kind.TOPIC)


def test_no_two_events_share_a_name() -> None:
    published = [
        kind for kind in kinds_below(Event) if kind.__module__.startswith("shared.events.")
    ]
    assert sorted(kind.TOPIC for kind in published) == sorted(EVENTS)


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_looks_as_it_did_when_it_was_frozen(kind: type[Event]) -> None:
    path = SCHEMAS / f"{kind.TOPIC}.json"
    if not path.exists():
        pytest.fail(
            f"{kind.TOPIC} is new. Freeze it: python -m tests.rules.freeze, and commit what it writes."
        )
    changed = differences(json.loads(path.read_text(encoding="utf-8")), schema_of(kind))
    if changed:
        pytest.fail(
            f"{kind.__name__} is not what was frozen: {'; '.join(changed)}.\n"
            "A new field has a default and raises the event's SCHEMA by one; freeze that with "
            f"python -m tests.rules.freeze --force {kind.TOPIC}. "
            f"Any other change is a new topic ({kind.TOPIC}.2), and the old JSON is lifted by a "
            'model_validator(mode="before").'
        )


def test_no_event_that_was_frozen_has_gone() -> None:
    frozen = {topic_of(path) for path in [*SCHEMAS.glob("*.json"), *SAMPLES.glob("*.json")]}
    gone = sorted(frozen - set(EVENTS))
    assert not gone, (
        f"The ledger may hold {gone}: an event is for ever, even when it is no longer recorded."
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_version_of_an_event_has_its_sample(kind: type[Event]) -> None:
    missing = [
        version
        for version in range(1, kind.SCHEMA + 1)
        if not (SAMPLES / f"{kind.TOPIC}.{version}.json").exists()
    ]
    assert not missing, f"{kind.TOPIC} has no sample of {missing}: python -m tests.rules.freeze"


@pytest.mark.parametrize("path", FROZEN_SAMPLES)
def test_a_stored_sample_still_says_what_it_said(path: Any) -> None:
    kind = EVENTS[topic_of(path)]
    for name, kept in json.loads(path.read_text(encoding="utf-8")).items():
        says = meaning(decoded(kind, kept["stored"]))
        assert still_says(kept["means"], says), (
            f"{path.name}, {name}: {differences(kept['means'], says)}"
        )


@pytest.mark.parametrize("path", FROZEN_SAMPLES)
def test_a_stored_sample_of_today_would_be_stored_the_same(path: Any) -> None:
    kind = EVENTS[topic_of(path)]
    if path.stem != f"{kind.TOPIC}.{kind.SCHEMA}":
        pytest.skip("of an earlier schema")
    for kept in json.loads(path.read_text(encoding="utf-8")).values():
        state = json.loads(encode(decoded(kind, kept["stored"])).state)
        assert {"recorded": RECORDED, **state} == kept["stored"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_leaves_no_field_to_its_default(kind: type[Event]) -> None:
    event = sample(kind, full=True)
    for name, field in kind.model_fields.items():
        if not field.is_required():
            assert getattr(event, name) != field.get_default(call_default_factory=True), name


# The guard itself.


def test_a_default_deep_inside_is_part_of_what_is_frozen() -> None:
    frozen = schema_of(EVENTS["matching.rules-adopted"])
    changed = json.loads(json.dumps(frozen))
    changed["$defs"]["Thresholds"]["properties"]["near"]["default"] = 0.8
    [line] = differences(frozen, changed)
    assert line.startswith("/$defs/Thresholds/properties/near/default was ")
    assert frozen["$defs"]["MatchingRules"]["properties"]["stop_phrases"]["default"] == {}


def test_wording_is_not_frozen_but_a_field_called_title_is() -> None:
    frozen = schema_of(EVENTS["idea.declared"])
    assert "description" not in frozen
    assert "title" in frozen["$defs"]["Content"]["properties"]
