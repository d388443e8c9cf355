"""The split of a target: a unit's number given to the units directly below it, and given anew when something changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Annotated, Final, NamedTuple

from pydantic import Field

from services.intake.apportionment import apportion
from services.intake.programme import Programme
from shared.errors import Conflict, Invalid
from shared.events.programme import TargetSet
from shared.form import Code, RequiredLine
from shared.ledger.model import Actor
from shared.terms import SplitBy
from shared.tree import Tree
from shared.vocabulary import HeadCount, TargetKind, Value

NAMED: Final = 20
"""So many units are named in a refusal."""


class SplitRecord(Value):
    """How a unit's target is to be split over its children; those in `keep` are given just that number, by hand."""

    unit: Code
    phase: Code | None = None
    kind: TargetKind
    by: SplitBy = SplitBy.MEMBERS
    keep: Annotated[dict[Code, Annotated[int, Field(ge=0)]], Field(default_factory=dict)]
    release: tuple[Code, ...] = ()
    """Children whose number was given by hand, and which take part in the split again."""
    document: RequiredLine
    dated: date


class Share(Value):
    """One child's part: by hand it has no weight; `before` is the target that it had."""

    unit: str
    name: str
    weight: int | None
    before: int | None
    value: int
    by_hand: bool
    changed: bool


class SplitShown(Value):
    """A split, rehearsed or carried out: the shares add up to the target, and only what changed is recorded."""

    unit: str
    name: str
    phase: str | None
    kind: TargetKind
    by: SplitBy
    target: int
    target_document: str
    target_dated: date
    document: str
    dated: date
    recorded: int
    shares: tuple[Share, ...]


class Split(NamedTuple):
    """What a split comes to, and the events that make it so."""

    shown: SplitShown
    events: list[TargetSet]


class NothingToSplit(Conflict):
    code = "nothing-to-split"

    def __init__(self, why: str) -> None:
        super().__init__(why, field="unit")


class NotAChild(Invalid):
    code = "not-a-child"

    def __init__(self, unit: str, strangers: Collection[str], field: str) -> None:
        super().__init__(
            f"These do not stand directly below {unit} on that day: {_listed(strangers)}. "
            "Name open units directly below it.",
            field=field,
        )


class SumDoesNotFit(Conflict):
    code = "sum-does-not-fit"

    def __init__(self, unit: str, target: int, by_hand: int, *, taken_by_all: bool) -> None:
        why = (
            "and no child is left to take the rest. Set the unit's target to the sum, give one of them another number, "
            "or let one take part in the split again (release)."
            if taken_by_all
            else "which is more than there is to split. Set the unit's target higher, or give a child less."
        )
        super().__init__(
            f"Unit {unit} has a target of {target}; its children were given {by_hand} by hand, {why}",
            field="keep",
        )


class NothingToSplitBy(Invalid):
    code = "nothing-to-split-by"

    def __init__(self, by: SplitBy, units: Collection[str]) -> None:
        what = "registered target" if by is SplitBy.REGISTERED else "head count"
        super().__init__(
            f"There is no {what} to split by {by.value} of: {_listed(units)}. Put it on record first, "
            "give these units a number of their own (keep), or split by another measure.",
            field="by",
        )


def split(programme: Programme, record: SplitRecord, *, tree: Tree, by: Actor) -> Split:
    """Split the target in force on the day of the document over the open units directly below, as the tree was that day.

    Numbers given by hand stay and are taken off first; the rest is apportioned by weight (apportionment.py). Split again
    after a change, only children whose number is another now are recorded. Raises UnitIsUnknown, NothingToSplit,
    NotAChild, SumDoesNotFit, NothingToSplitBy.
    """
    target = programme.standing(tree[record.unit].code, record.phase, record.kind, record.dated)
    if target is None:
        raise NothingToSplit(
            f"Unit {record.unit} has no {record.kind.value} target for "
            f"{f'phase {record.phase}' if record.phase else 'the whole programme'} in force on {record.dated}. "
            "Set it first, or give a later day."
        )
    children = [
        c for c in tree.children.get(record.unit, ()) if _takes_part(programme, record, c, tree)
    ]
    if not children:
        raise NothingToSplit(
            f"No open unit that goes through it stood directly below {record.unit} on {record.dated}. "
            "Split the target of a unit above."
        )
    _are_children(record.unit, record.keep, children, "keep")
    _are_children(record.unit, record.release, children, "release")
    standing = {
        child: programme.standing(child, record.phase, record.kind, record.dated)
        for child in children
    }
    by_hand = dict(_by_hand(record, standing))
    weights = _weights(
        programme, record, [child for child in children if child not in by_hand], tree
    )
    rest = target.value - sum(by_hand.values())
    if rest < 0 or (rest > 0 and not weights):
        raise SumDoesNotFit(record.unit, target.value, sum(by_hand.values()), taken_by_all=rest > 0)
    if rest and not any(weights.values()):
        raise NothingToSplitBy(record.by, list(weights))
    values = {**by_hand, **apportion(rest, weights)}
    shares, events = [], list[TargetSet]()
    for child in children:
        before = standing[child]
        changed = _changed(record, child, values[child], before)
        if changed:
            event = programme.next(
                TargetSet,
                by=by,
                code=programme.code,
                unit=child,
                phase=record.phase,
                kind=record.kind,
                value=values[child],
                document=record.document,
                dated=record.dated,
                split_by=None if child in by_hand else record.by,
            )
            programme = programme.model_copy(update={"version": event.originator_version})
            events.append(event)
        shares.append(
            Share(
                unit=child,
                name=tree.name(child),
                weight=weights.get(child),
                before=before.value if before is not None else None,
                value=values[child],
                by_hand=child in by_hand,
                changed=changed,
            )
        )
    shown = SplitShown(
        unit=record.unit,
        name=tree.name(record.unit),
        phase=record.phase,
        kind=record.kind,
        by=record.by,
        target=target.value,
        target_document=target.document,
        target_dated=target.dated,
        document=record.document,
        dated=record.dated,
        recorded=len(events),
        shares=tuple(shares),
    )
    return Split(shown, events)


def _takes_part(programme: Programme, record: SplitRecord, child: str, tree: Tree) -> bool:
    """Open units take part; in a phase, those that go through it, or were given a target for it all the same."""
    if tree[child].closed is not None:
        return False
    return (
        record.phase is None
        or record.phase in {phase.code for phase in programme.terms.chain(tree.path(child))}
        or child in record.keep
        or programme.standing(child, record.phase, record.kind, record.dated) is not None
    )


def _are_children(unit: str, given: Iterable[str], children: Collection[str], field: str) -> None:
    strangers = sorted({*given} - {*children})
    if strangers:
        raise NotAChild(unit, strangers, field)


def _by_hand(
    record: SplitRecord, standing: Mapping[str, TargetSet | None]
) -> Iterable[tuple[str, int]]:
    """The children whose number is not for the split to say."""
    for child, target in standing.items():
        if child in record.keep:
            yield child, record.keep[child]
        elif child not in record.release and target is not None and target.split_by is None:
            yield child, target.value


def _weights(
    programme: Programme, record: SplitRecord, children: Iterable[str], tree: Tree
) -> dict[str, int]:
    """What each child weighs on the day of the document; a head count by the rule of percentages (domain section 3)."""
    found: dict[str, int] = {}
    missing = []
    for child in children:
        weight = _weight(programme, record, child, tree)
        if weight is None:
            missing.append(child)
        else:
            found[child] = weight
    if missing:
        raise NothingToSplitBy(record.by, missing)
    return found


def _weight(programme: Programme, record: SplitRecord, child: str, tree: Tree) -> int | None:
    match record.by:
        case SplitBy.EQUAL:
            return 1
        case SplitBy.REGISTERED:
            registered = programme.standing(
                child, record.phase, TargetKind.REGISTERED, record.dated
            )
            return registered.value if registered is not None else None
        case SplitBy.MEMBERS | SplitBy.MEMBERS_AND_WORKERS:
            heads = tree.heads(child, record.dated) or tree.first_heads(child)
            return heads.of(HeadCount(record.by.value)) if heads is not None else None


def _changed(record: SplitRecord, child: str, value: int, before: TargetSet | None) -> bool:
    """Whether a child's number has to be put on record: it is another, or it is now another's to say."""
    if before is None:
        # Whoever is given nothing for the first time needs no target of nothing.
        return value > 0 or child in record.keep
    if child in record.keep:
        return before.value != value or before.split_by is not None
    return before.value != value or (before.split_by is None and child in record.release)


def _listed(units: Collection[str]) -> str:
    more = f" and {len(units) - NAMED} more" if len(units) > NAMED else ""
    return f"{', '.join(list(units)[:NAMED])}{more}"
