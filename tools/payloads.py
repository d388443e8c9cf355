"""What lies in the value of a message: the JSON schema of each event as it is stored, with the meaning of each field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import create_model
from pydantic.json_schema import models_json_schema

from services.projections.presentation.words import WORDS
from shared.events.register import EVENTS
from shared.ledger.model import Event
from shared.messages import TIERS
from shared.vocabulary import named
from tools.meanings import FIELDS, VALUES

Schema = dict[str, Any]
"""A JSON schema, or a part of one."""

WHERE: Final = "#/components/schemas/"
NOT_IN_STATE: Final = ("originator_id", "originator_version")
RECORDED: Final = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$"
DATES: Final = {"date": "2026-05-04", "date-time": "2026-05-04T01:30:00Z"}
CALLED: Final = {**WORDS, "Tier": {str(tier): words for tier, words in TIERS.items()}}
"""How people call the codes of a value, where boards have words for them."""


def schemas() -> dict[str, Schema]:
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


def example(shape: Schema, among: Mapping[str, Schema]) -> Any:  # noqa: ANN401  (whatever a schema allows)
    """A value that fits: the example that is told, or the plainest of its type, with all that is needed."""
    match shape:
        case {"examples": [first, *_]} | {"enum": [first, *_]}:
            return first
        case {"$ref": str(where)}:
            return example(among[where.removeprefix(WHERE)], among)
        case {"allOf": [one]} | {"anyOf": [one, *_]}:
            return example(one, among)
        case {"type": "object"}:
            fields = shape.get("properties", {})
            told = {*shape.get("required", ()), *(f for f in fields if "examples" in fields[f])}
            return {field: example(fields[field], among) for field in fields if field in told}
        case {"type": "array"}:
            return [example(shape["items"], among)]
        case {"type": "integer" | "number"}:
            return 1
        case {"type": "boolean"}:
            return False
        case {"format": "uuid"}:
            return str(named("example", "id"))
        case {"format": str(written)}:
            return DATES[written]
    return ""
