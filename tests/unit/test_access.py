"""Who may do what: deny by default, in one's own part of the tree, by a key that is shown once and never kept."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from services.intake.unit import Unit, UnitRecord
from shared.access import (
    KEY_PREFIX,
    POLICY,
    AccessKey,
    Action,
    Caller,
    LabelTaken,
    Role,
    key_hash,
    may,
    permit,
)
from shared.errors import Conflict, Invalid, NotAllowed
from shared.ledger.model import Event, fold
from shared.tree import Tree, UnitIsUnknown
from shared.vocabulary import Level
from tests.places import BY, NEIGHBOUR, UNIT, UNITS, unit

NATION, PROVINCE, UPPER = "vn", "p01", "p01-01"
SCOPED = [action for action, grant in POLICY.items() if grant.scoped]
READING = {
    Action.READ_IDEA,
    Action.READ_CASES,
    Action.READ_BOARDS,
    Action.READ_EVENTS,
    Action.READ_UNITS,
    Action.REVEAL,
    Action.OBSERVE,
}
CHANGING = set(Action) - READING - {Action.CHECK}


def tree_of(*records: UnitRecord) -> Tree:
    levels = {record.code: record.level for record in records}
    events: list[Event] = []
    for record in records:
        above = levels[record.parent] if record.parent is not None else None
        events += Unit.found(record, above=above, by=BY)
    return Tree.fold(events, date.max)


TREE = tree_of(*UNITS, unit("p02", Level.FIRST, NATION), unit("p02-01", Level.UPPER, "p02"))


def caller(role: Role, at: str = PROVINCE) -> Caller:
    return Caller(UUID(int=1), f"{role}@{at}", role, at)


def test_every_action_has_a_grant() -> None:
    assert set(POLICY) == set(Action)


@pytest.mark.parametrize("action", Action)
def test_an_action_that_the_policy_does_not_name_is_refused_to_everybody(
    monkeypatch: pytest.MonkeyPatch, action: Action
) -> None:
    monkeypatch.delitem(POLICY, action)
    for role in Role:
        assert not may(caller(role, NATION), action, UNIT, TREE)
        assert not may(caller(role, NATION), action, None, TREE)
        with pytest.raises(NotAllowed, match="It takes one of: none"):
            permit(caller(role, NATION), action, UNIT, TREE)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_a_role_that_is_not_granted_an_action_may_not_do_it_anywhere(
    role: Role, action: Action
) -> None:
    if role in POLICY[action].roles:
        assert may(caller(role, NATION), action, UNIT, TREE)
        return
    for place in (NATION, PROVINCE, UNIT, "p02", None):
        assert not may(caller(role, NATION), action, place, TREE)
    with pytest.raises(NotAllowed, match=f"A key with role {role} may not {action}"):
        permit(caller(role, NATION), action, UNIT, TREE)


@pytest.mark.parametrize("action", SCOPED)
def test_a_scoped_action_ends_where_the_callers_part_of_the_tree_ends(action: Action) -> None:
    for role in POLICY[action].roles - {Role.AUDITOR}:
        for place in (PROVINCE, UPPER, UNIT, NEIGHBOUR):
            assert may(caller(role), action, place, TREE)
        for other in (NATION, "p02", "p02-01", None):
            assert not may(caller(role), action, other, TREE)
            with pytest.raises(NotAllowed, match="outside the subtree of p01"):
                permit(caller(role), action, other, TREE)


def test_a_key_of_one_unit_reaches_neither_its_neighbour_nor_what_is_above() -> None:
    reviewer = caller(Role.REVIEWER, UNIT)
    assert may(reviewer, Action.RULE, UNIT, TREE)
    assert not may(reviewer, Action.RULE, NEIGHBOUR, TREE)
    assert not may(reviewer, Action.RULE, UPPER, TREE)


def test_a_unit_whose_code_begins_alike_is_another_unit() -> None:
    tree = tree_of(*UNITS, unit("p0", Level.FIRST, NATION), unit("p011", Level.FIRST, NATION))
    assert not may(caller(Role.REVIEWER, "p0"), Action.RULE, PROVINCE, tree)
    assert not may(caller(Role.REVIEWER), Action.RULE, "p011", tree)


@pytest.mark.parametrize("action", READING)
def test_an_auditor_reads_in_every_part_of_the_tree(action: Action) -> None:
    auditor = caller(Role.AUDITOR, UNIT)
    for place in (NATION, PROVINCE, "p02", UNIT):
        assert may(auditor, action, place, TREE)


@pytest.mark.parametrize("action", CHANGING)
def test_an_auditor_changes_nothing_anywhere(action: Action) -> None:
    for place in (NATION, PROVINCE, UNIT, None):
        assert not may(caller(Role.AUDITOR, NATION), action, place, TREE)


def test_what_belongs_to_no_unit_belongs_to_the_nation_in_whatever_order_units_were_founded() -> (
    None
):
    """A units file may name a province first; that makes it no nation."""
    by_code = {record.code: record for record in UNITS}
    provinces_first = [by_code[code] for code in (PROVINCE, UNIT, UPPER, NATION)]
    tree = tree_of(*provinces_first)
    assert next(iter(tree.units)) == PROVINCE
    for action in (Action.SET_RULES, Action.MANAGE_PROGRAMMES):
        assert not may(caller(Role.OPERATOR), action, None, tree)
        assert may(caller(Role.OPERATOR, NATION), action, None, tree)


def test_without_a_nation_nobody_does_what_is_the_nations() -> None:
    assert not may(caller(Role.OPERATOR, NATION), Action.SET_RULES, None, Tree({}, {}, {}, {}))


def test_whoever_may_is_told_that_there_is_no_such_unit_and_whoever_may_not_is_not() -> None:
    with pytest.raises(UnitIsUnknown):
        permit(caller(Role.CLIENT), Action.DECLARE, "p99", TREE)
    with pytest.raises(NotAllowed):
        permit(caller(Role.AUDITOR), Action.DECLARE, "p99", TREE)


def test_a_key_is_kept_only_as_its_hash() -> None:
    key, issued = AccessKey.issue(Role.CLIENT, UNIT, label="cổng", by=BY)
    assert key.startswith(KEY_PREFIX)
    assert len(key) > 40
    assert issued.key_hash == key_hash(key)
    assert key not in issued.model_dump_json()
    other, _ = AccessKey.issue(Role.CLIENT, UNIT, label="cổng", by=BY)
    assert other != key


def test_a_key_without_a_label_is_named_after_its_role_and_unit() -> None:
    assert AccessKey.issue(Role.CLIENT, UNIT, label="", by=BY)[1].label == f"client@{UNIT}"


def test_a_key_is_revoked_once_and_with_a_reason() -> None:
    _, issued = AccessKey.issue(Role.CLIENT, UNIT, label="", by=BY)
    key = fold(AccessKey, [issued])
    with pytest.raises(Invalid, match="Say why"):
        key.revoke(reason=" ", by=BY)
    revoked = fold(AccessKey, [issued, key.revoke(reason="Nghỉ việc", by=BY)])
    assert revoked.revoked
    with pytest.raises(Conflict, match="revoked already"):
        revoked.revoke(reason="Nữa", by=BY)


def test_an_actor_is_named_by_its_key_and_never_carries_the_secret() -> None:
    actor = caller(Role.CLIENT).actor(source="http", correlation=UUID(int=2))
    assert (actor.name, actor.role, actor.source) == ("client@p01", "client", "http")


def test_a_label_is_one_senders_and_the_command_lines_own_is_nobodys() -> None:
    def issue(label: str, at: str) -> None:
        AccessKey.issue(Role.CLIENT, at, label=label, by=BY, callers=[known])

    known = Caller(UUID(int=1), "cổng", Role.CLIENT, PROVINCE)
    issue("cổng", PROVINCE)
    issue("cổng khác", UNIT)
    for label, at in (("cổng", UNIT), ("cli", PROVINCE)):
        with pytest.raises(LabelTaken, match=f"Label {label} names another sender"):
            issue(label, at)
