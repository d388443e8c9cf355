"""The press check on a small history: what is true, nearly true, true at another time, and no matter for a ledger."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

import pytest

from services.intake.programme import Programme, TargetRecord, programme_id
from services.intake.unit import Cohort
from services.projections.claims.checker import Checked, Checker, Verdict
from services.projections.claims.claims import NoClaims, read_claims
from services.projections.views.entries import QUOTA
from services.projections.views.projector import Projector, Views
from shared.vocabulary import HOME, HeadCount, TargetKind, midnight
from tests.places import BY, NEIGHBOUR, UNIT, Place, line, lines, small_programme, take

Check = Callable[..., Checked]
FIRST: Final = datetime(2022, 2, 1, 9, tzinfo=HOME)
IDEAS: Final = 40
NATION: Final = {"subject": "cả nước", "unit_level": "national"}


def _target(place: Place, unit: str, kind: TargetKind, dated: date, **what: object) -> None:
    programme = place.ledger.load(Programme, programme_id("1tr"))
    record = TargetRecord.model_validate(
        {"unit": unit, "phase": None, "kind": kind, "dated": dated, **what}
    )
    event = programme.set_target(record, tree=place.directory.tree(), by=BY)
    assert event is not None
    place.ledger.append(event, moments=[place.ledger.now()])
    place.directory.catch_up()


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checker]:
    """A programme with a target of 25 and one idea a day from 1 February, every fourth of them the neighbour's."""
    home = tmp_path_factory.mktemp("claims")
    with small_programme(home, simulated=True) as place:
        opened = date(2022, 1, 20)
        _target(place, "p01", TargetKind.ASSIGNED, opened, value=25, document="12/KH")
        _target(
            place, "p01", TargetKind.ORIENTATION, opened, percent=Decimal(10), of=HeadCount.MEMBERS
        )
        _target(place, UNIT, TargetKind.ASSIGNED, opened, value=20)
        formed = Cohort.form("c1", "Cụm một", by=BY)
        joined = Cohort.evolve(None, formed).join("p01", valid_from=opened, by=BY)
        place.ledger.append(formed, joined, moments=[midnight(opened)] * 2)
        sent = [
            line(
                external_id=f"e{day}",
                solution=f"Cách {day}",
                unit=UNIT if day % 4 else NEIGHBOUR,
                filed_at=(FIRST + timedelta(days=day)).isoformat(),
                benefit_vnd=1_000_000,
            )
            for day in range(IDEAS)
        ]
        assert take(place, lines(*sent), simulate_clock=True).accepted == IDEAS
        _target(place, "p01", TargetKind.ASSIGNED, date(2022, 3, 1), value=30, document="15/KH")
        views = Views(f"sqlite:///{home}/views.db")
        Projector(views, [QUOTA]).catch_up(place.ledger)
        yield Checker(views, place.directory, place.ledger)
        views.close()


def _fact(metric: str, value: object, **more: object) -> dict[str, object]:
    fact = {"id": "F1", "subject": "Công đoàn p01", "unit_level": "province"}
    return fact | {"metric": metric, "value": value} | more


def _checked(checker: Checker, *facts: dict[str, object]) -> list[Checked]:
    claims = read_claims(json.dumps({"facts": facts}).encode())
    return list(checker.check(claims).claims)


@pytest.fixture
def check(checker: Checker) -> Check:
    """One figure of the province, held against the history."""
    return lambda metric, value, **more: _checked(checker, _fact(metric, value, **more))[0]


@pytest.mark.parametrize(
    ("metric", "value", "more"),
    [
        ("cumulative_submitted", 10, {"as_of": "2022-02-10"}),
        ("cumulative_submitted", 9, {"as_of": "2022-02-10T08:59:59+07:00"}),
        ("cumulative_submitted", 40, {}),
        ("cumulative_submitted", 40, NATION),
        ("cumulative_submitted", "10", {"as_of": "8h59 ngày 11/2/2022"}),
        ("benefit_value_total", "10.000.000", {"as_of": "10/2/2022"}),
        ("pct_of_programme_target", "40 %", {"as_of": "ngày 10/2/2022"}),
        ("cumulative_submitted", 30, {"subject": UNIT, "unit_level": "grassroots"}),
        ("cumulative_submitted", 40, {"subject": "cohort of 1", "unit_level": "cohort"}),
        ("benefit_value_total", 10_000_000, {"as_of": "2022-02-10"}),
        ("leaderboard_rank", {"rank": 1, "count": 10, "share_pct": 100}, {"as_of": "2022-02-10"}),
        ("programme_target", 25, {"as_of": "2022-02-10"}),
        ("programme_target", 30, {"as_of": "2022-03-01"}),
        ("pct_of_programme_target", 40, {"as_of": "2022-02-10"}),
        ("plan_document", {"no": "12/KH", "date": "2022-01-20"}, {"as_of": "2022-02"}),
        ("programme_target_pct_of_members", 10, {}),
        ("target_cascade_levels", 2, {"subject": "vn", "unit_level": "national"}),
        ("units_with_plan_pct", 100, {"as_of": "2022-02-10"}),
        ("phase_count", 1, {}),
        ("units_below_50pct_of_programme_target", 1, {"as_of": "2022-02-10", **NATION}),
        ("units_below_50pct_of_programme_target", 0, {"as_of": "2022-02-20", **NATION}),
        ("subunits_done_or_nearly_whole_programme", 1, {"as_of": "2022-03-01"}),
        ("subunits_done_or_nearly_whole_programme", 0, {"as_of": "2022-02-20"}),
        ("time_since_start", "<2 months", {"as_of": "2022-02-20"}),
        # Not at the end of the month, but on one of its days.
        ("cumulative_submitted", 10, {"as_of": "2022-02"}),
    ],
)  # fmt: skip
def test_what_is_true_is_said_to_be_so(
    check: Check, metric: str, value: object, more: dict[str, object]
) -> None:
    found = check(metric, value, **more)
    assert found.verdict in {Verdict.MATCH, Verdict.BOUND}, found
    assert found.nearest is None
    assert found.off is None
    assert found.board is not None


def test_a_count_that_stood_earlier_is_found_where_it_was_reached(check: Check) -> None:
    found = check("cumulative_submitted", 10, as_of="2022-02-20")
    assert (found.verdict, found.answered, found.off) == (Verdict.NEAREST, 20, 10)
    assert found.nearest is not None
    assert found.nearest.true
    assert found.nearest.at == FIRST + timedelta(days=9)
    again = check("cumulative_submitted", 10, as_of=found.nearest.at.isoformat())
    assert (again.verdict, again.position) == (Verdict.MATCH, found.nearest.position)


def test_a_count_that_comes_later_is_found_where_it_will_be_reached(check: Check) -> None:
    found = check("cumulative_submitted", 10, as_of="2022-02-05")
    assert (found.verdict, found.off) == (Verdict.NEAREST, -5)
    assert found.nearest is not None
    assert found.nearest.at == FIRST + timedelta(days=9)


def test_a_count_that_never_was_is_told_the_nearest_and_since_when(check: Check) -> None:
    found = check("cumulative_submitted", 41, as_of="2022-02-10")
    assert found.nearest is not None
    assert (found.nearest.true, found.nearest.answered) == (False, 40)
    assert found.nearest.at == FIRST + timedelta(days=39)


def test_a_target_of_another_day_is_found(check: Check) -> None:
    found = check("programme_target", 30, as_of="2022-02-10")
    assert (found.verdict, found.answered, found.off) == (Verdict.NEAREST, 25, -5)
    assert found.nearest is not None
    assert found.nearest.true
    assert found.nearest.at.date() == date(2022, 3, 1)


@pytest.mark.parametrize(
    ("metric", "value", "more"),
    [
        ("programme_target", 26, {"as_of": "2022-02-10"}),
        ("phase_count", 2, {}),
        ("plan_document", {"no": "12/KH", "date": "2022-01-21"}, {}),
        ("plan_document", {"no": "13/KH", "date": "2022-01-20"}, {}),
        ("striving_target", 100, {}),
        ("leaderboard_rank", {"rank": 2, "count": 10, "share_pct": 100}, {"as_of": "2022-02-10"}),
        ("cumulative_submitted", 10, {"as_of": "2021"}),
        ("pct_of_programme_target", 41, {"as_of": "2022-02-10", "qualifier": "rounded"}),
    ],
)
def test_what_is_not_true_is_never_said_to_be_so(
    check: Check, metric: str, value: object, more: dict[str, object]
) -> None:
    assert check(metric, value, **more).verdict is Verdict.NEAREST


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(8, Verdict.BOUND), (10, Verdict.MATCH), (11, Verdict.NEAREST)],
)
def test_a_lower_bound_holds_when_as_much_or_more_stands(
    check: Check, value: int, verdict: Verdict
) -> None:
    found = check("cumulative_submitted", value, as_of="2022-02-10", qualifier="more_than")
    assert found.verdict is verdict


@pytest.mark.parametrize(
    ("next_one", "verdict"), [(12, Verdict.BOUND), (10, Verdict.BOUND), (9, Verdict.NEAREST)]
)
def test_a_lower_bound_does_not_reach_over_the_next_published_figure(
    checker: Checker, next_one: int, verdict: Verdict
) -> None:
    found, *_ = _checked(
        checker,
        _fact("cumulative_submitted", 8, as_of="2022-02-10", qualifier="more_than"),
        _fact("cumulative_submitted", next_one, id="F2"),
        _fact("programme_target", 9, id="F3"),
    )
    assert found.verdict is verdict


def test_a_file_holds_when_nothing_in_it_is_false_or_unexplained(checker: Checker) -> None:
    def holds(*facts: dict[str, object]) -> bool:
        return checker.check(read_claims(json.dumps({"facts": facts}).encode())).holds

    true = _fact("cumulative_submitted", 40)
    said = _fact("spirit", "high", qualifier="qualitative")
    assert holds(true, said)
    assert not holds(true, _fact("cumulative_submitted", 41))
    assert not holds(true, _fact("never_heard_of", 1))


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"qualifier": "qualitative"}, "qualitative"),
        ({"metric": "training_attendees"}, "attendance"),
        ({"metric": "never_heard_of"}, "unknown-metric"),
        ({"subject": "Không Đâu"}, "unknown-subject"),
        ({**NATION, "subject": "Không Đâu"}, "unknown-subject"),
        ({"as_of": "31/5"}, "not-a-period"),
        ({"as_of": "hôm qua"}, "not-a-period"),
        ({"value": "nhiều"}, "not-a-value"),
        ({"value": "163,532"}, "not-a-value"),
        ({"value": None}, "not-a-value"),
        ({"value": True}, "not-a-value"),
        ({"value": float("nan")}, "not-a-value"),
        ({"metric": "leaderboard_rank", "value": 1}, "not-a-value"),
        ({"metric": "leaderboard_rank", "value": {"rank": float("inf")}}, "not-a-value"),
        ({"metric": "leaderboard_rank", "value": {}}, "not-a-value"),
        ({"metric": "phase2_window", "value": "2022"}, "not-a-value"),
    ],
)
def test_what_no_ledger_can_say_has_its_reason(
    check: Check, more: dict[str, object], reason: str
) -> None:
    found = check(**{"metric": "cumulative_submitted", "value": 1, **more})
    assert (found.verdict, found.reason) == (Verdict.NOT_CHECKABLE, reason)
    json.dumps(found.model_dump(mode="json"), allow_nan=False)


def test_what_cannot_be_read_is_no_reason_for_a_file_to_hold(checker: Checker) -> None:
    for more in ({"value": "nhiều"}, {"as_of": "hôm qua"}):
        fact = _fact("cumulative_submitted", 40) | more
        assert not checker.check(read_claims(json.dumps({"facts": [fact]}).encode())).holds


def test_before_it_began_nothing_had_lasted_for_less_than_a_time(check: Check) -> None:
    assert check("time_since_start", "<2 months", as_of="2021-12-01").verdict is Verdict.NEAREST
    found = check("time_since_start", "<2 months", as_of="2023-02-20").nearest
    assert found is not None
    assert found.answered == 12


def test_the_command_of_a_figure_shows_what_it_is_of(check: Check) -> None:
    found = check("benefit_value_total", 10_000_000, as_of="2022-02-10")
    assert "--measure benefit" in str(found.board)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"facts": [{"id": 1}]}', b'{"facts": 3}'])
def test_a_file_of_another_form_is_refused_with_the_form_it_should_have(content: bytes) -> None:
    with pytest.raises(NoClaims, match="A file of figures is"):
        read_claims(content)
