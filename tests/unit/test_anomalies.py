"""The anomaly report: what it finds is counted by hand, what it looks at is every idea as it stands at the moment."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.projections.honesty.anomalies import Anomalies, anomalies
from services.projections.honesty.anomaly_words import SENTENCES, Anomaly, Finding, Severity
from services.projections.reckoning.asof import Axis, Moment, moment
from services.projections.reckoning.ideas import Ideas
from services.projections.reckoning.places import REGISTER
from services.projections.reckoning.reckoning import Scope
from services.projections.views.entries import QUOTA
from shared.events.idea import IdeaAmended, IdeaDeclared, IdeaRerouted
from shared.events.matching import FlagRaised
from shared.events.organisation import UnitFounded
from shared.tree import UnitIsUnknown
from shared.vocabulary import Band, Level, Sector, named
from tests.chronicle import day
from tests.turns import Asked, History, Turn, asked, moves, told, turns

EXAMPLES = 40
SHOPS = ("a", "b", "c", "d", "e", "f")
MILLION = 1_000_000


@contextmanager
def shops() -> Iterator[History]:
    """Six grassroots units, of which two are founded besides."""
    with told([]) as history:
        story = history.story
        story.record(
            *(
                story.next(
                    UnitFounded, named("unit", code), code=code, unit_name=f"Đơn vị {code}",
                    level=Level.GRASSROOTS, parent="u3", sector=Sector.STATE, valid_from=date.min,
                )
                for code in ("e", "f")
            )
        )  # fmt: skip
        yield history


def declare(history: History, unit: str, many: int, *, benefit: int = 0, **facts: object) -> None:
    """So many ideas, one a day from the first day on, with benefits that are nearly the same and not round."""
    for n in range(many):
        given_benefit = benefit + 1_001 * n if benefit % MILLION else benefit
        history.story.declare(
            f"{unit}-{len(history.story.ideas)}", unit, filed=day(n + 0.5), at=day(100),
            benefit=given_benefit or None, **facts,  # type: ignore[arg-type]
        )  # fmt: skip


def report(history: History, when: Asked | None = None, **asked: object) -> Anomalies:
    return anomalies(
        history.views, history.story.directory, history.ledger, programme="1tr",
        at=history.at(when), **{"level": Level.GRASSROOTS, **asked},  # type: ignore[arg-type]
    )  # fmt: skip


def found(board: Anomalies, kind: Anomaly) -> list[Finding]:
    rows = [row for row in board.rows if row.kind is kind]
    (applied,) = [one for one in board.tests if one.kind is kind]
    assert applied.found == len(rows)
    assert applied.vi
    assert applied.en
    return rows


def test_a_unit_with_a_quarter_of_the_ideas_and_little_of_the_benefit_is_worth_a_look() -> None:
    """As in the real programme: 24.4 % of the count, 1.6 % of the benefit."""
    with shops() as history:
        for n, unit in enumerate(SHOPS[1:]):
            declare(history, unit, 24, benefit=20_000_123 + 310_007 * n)
        declare(history, "a", 39, benefit=1_000_123)
        board = report(history)
        (finding,) = found(board, Anomaly.BENEFIT_SHARE)
        benefits = {u: 20_000_123 * 24 + 310_007 * n * 24 + 1_001 * 276 for n, u in enumerate(SHOPS[1:])}  # fmt: skip
        mine = 39 * 1_000_123 + 1_001 * 741
        assert finding.unit == "a"
        assert finding.expected == 39 / 159
        assert finding.observed == mine / (mine + sum(benefits.values()))
        assert finding.ratio == pytest.approx(finding.expected / finding.observed)
        assert (finding.severity, finding.of) == (Severity.HIGH, 39)
        assert finding.z is not None
        assert finding.z < -3.5
        assert "24,5 %" in finding.vi
        assert "24.5%" in finding.en
        assert finding.drill == f"sangkien board why --unit a --measure benefit --at {board.position}"  # fmt: skip
        assert [row.kind for row in board.rows if row.unit != "a"] == []


def test_who_has_more_for_an_idea_than_others_is_not_told_of_too_little() -> None:
    """One idea of ten million million makes every other share of the benefit small."""
    with shops() as history:
        for n, unit in enumerate(SHOPS[2:]):
            declare(history, unit, 24, benefit=20_000_123 + 31_007 * n)
        declare(history, "a", 39, benefit=24_000_123)
        history.story.declare("to", "b", benefit=10**13)
        declare(history, "b", 23, benefit=20_000_123)
        assert [f.unit for f in found(report(history), Anomaly.BENEFIT_SHARE)] == ["b"]


def test_benefits_that_are_rounder_than_elsewhere_are_found_with_their_step() -> None:
    with shops() as history:
        for n, unit in enumerate(SHOPS[2:]):
            declare(history, unit, 20, benefit=20_000_123 + 310_007 * n)
        declare(history, "a", 25, benefit=20 * MILLION)
        declare(history, "b", 25, benefit=21 * MILLION)
        of_a, of_b = sorted(found(report(history), Anomaly.ROUND_BENEFIT), key=lambda f: f.unit)
        assert (of_a.unit, of_a.observed, of_a.of) == ("a", 1.0, 25)
        assert of_a.expected == 0.5 / (105 + 1)
        assert "10 triệu đồng" in of_a.vi
        # Of the others' 105 benefits, those of the other round unit are multiples of one million too.
        assert (of_b.unit, of_b.expected) == ("b", 25.5 / 106)
        assert "1 triệu đồng" in of_b.vi


def test_one_very_large_benefit_is_named_with_its_part_of_the_units() -> None:
    with shops() as history:
        for n, unit in enumerate(SHOPS):
            declare(history, unit, 20, benefit=20_000_123 + 310_007 * n)
        history.story.declare("to", "b", benefit=900_000_001)
        (finding,) = found(report(history), Anomaly.BENEFIT_OUTLIER)
        others = 20 * 20_310_130 + 1_001 * 190
        assert (finding.unit, finding.idea, finding.of) == ("b", "to", 1)
        assert finding.observed == 900_000_001 / (900_000_001 + others)
        assert finding.severity is Severity.HIGH
        assert "900 triệu đồng" in finding.vi


def test_who_enters_for_others_and_whose_texts_are_the_same_is_counted_against_the_others() -> None:
    with shops() as history:
        for unit in SHOPS[1:]:
            declare(history, unit, 20)
        declare(history, "a", 15, entered=True)
        declare(history, "a", 5)
        names = [name for name in history.story.ideas if name.startswith("c-")]
        for name in names[1:]:
            history.story.flag(name, names[0], band=Band.EXACT)
        history.story.flag("d-40", "d-41", band=Band.NEAR)
        before = history.story.ledger.head()
        history.story.flag(names[0], "d-40", band=Band.EXACT)
        board = report(history)
        (typed,) = found(board, Anomaly.ENTERED_FOR_AUTHOR)
        assert (typed.unit, typed.observed, typed.of) == ("a", 0.75, 20)
        assert typed.expected == 0.5 / 101
        (same,) = found(board, Anomaly.SAME_TEXT)
        assert (same.unit, same.observed, same.expected) == ("c", 1.0, 0.5 / 101)
        # As of the position before the last flag, one fewer.
        at = history.at()._replace(position=before)
        then = anomalies(
            history.views, history.story.directory, history.ledger,
            programme="1tr", at=at, level=Level.GRASSROOTS,
        )  # fmt: skip
        assert found(then, Anomaly.SAME_TEXT)[0].observed == 0.95


def test_a_burst_is_told_by_when_it_came_on_record_or_was_filed() -> None:
    with shops() as history:
        for n in range(60):
            for unit in SHOPS:
                history.story.declare(f"{unit} {n}", unit, at=day(n + 0.5))
        for n in range(40):
            history.story.declare(f"dồn {n}", "f", filed=day(20.5), at=day(60.5))
        (known,) = found(report(history), Anomaly.BURST)
        # 8 January is the first day; at home it begins seven hours before it does in UTC.
        assert (known.unit, known.observed, known.of) == ("f", 40.0, 100)
        assert known.since is not None
        assert known.since.isoformat() == "2022-03-09T00:00:00+07:00"
        assert known.until == known.since + timedelta(days=1) - timedelta(microseconds=1)
        words = shlex.split(known.drill)
        assert words[:6] == ["sangkien", "events", "--type", "idea.declared", "--unit", "f"]
        assert words[7] == known.since.isoformat()
        now = moment(history.ledger, day(90).isoformat(), Axis.CORRECTED)
        corrected = anomalies(
            history.views, history.story.directory, history.ledger,
            programme="1tr", at=now, level=Level.GRASSROOTS,
        )  # fmt: skip
        (filed,) = found(corrected, Anomaly.BURST)
        assert (filed.unit, filed.observed) == ("f", 41.0)
        assert filed.since is not None
        assert filed.since.date() == date(2022, 1, 28)
        assert "--axis corrected" in filed.drill


def test_a_report_of_one_part_compares_with_the_whole_level() -> None:
    with shops() as history:
        for unit in SHOPS[1:]:
            declare(history, unit, 20)
        declare(history, "a", 20, entered=True)
        assert [row.unit for row in report(history, unit="p1").rows] == ["a"]
        elsewhere = report(history, unit="p2")
        assert elsewhere.rows == ()
        assert [test.found for test in elsewhere.tests] == [0] * len(Anomaly)
        with pytest.raises(UnitIsUnknown):
            report(history, unit="x9")


def test_nothing_is_found_where_nothing_was_declared() -> None:
    with told([]) as history:
        board = report(history)
        assert (board.rows, len(board.tests)) == ((), len(Anomaly))


def of_persons(history: History, unit: str, *persons: int, at: float = 100) -> list[str]:
    """An idea of each of these persons; answers what they are called."""
    names = []
    for who in persons:
        names.append(f"{unit}-{len(history.story.ideas)}")
        filed = day(len(history.story.ideas) / 10)
        history.story.declare(names[-1], unit, filed=filed, at=day(at), who=who)
    return names


def test_many_ideas_of_one_person_are_worth_a_look_and_nobody_is_named() -> None:
    with shops() as history:
        # Two hundred persons with an idea or two, one with fourteen and one with eleven in one unit.
        of_persons(history, "b", *range(100, 200), *range(100, 150))
        of_persons(history, "c", *range(200, 300))
        names = of_persons(history, "a", *[7] * 14, *[8] * 11, *range(300, 320))
        board = report(history)
        (finding,) = found(board, Anomaly.MANY_OF_ONE)
        assert (finding.unit, finding.observed, finding.of) == ("a", 14.0, 45)
        assert finding.expected == pytest.approx((150 + 100 + 11 + 20) / (100 + 100 + 1 + 20))
        assert finding.idea in names[:14]
        assert "một người đứng tên 14 sáng kiến" in finding.vi
        assert "2 người như vậy" in finding.vi
        assert f"idea {finding.idea} " in finding.en
        said = board.model_dump_json()
        assert not any(str(named("person", who)) in said for who in (7, 8))
        assert "niêm phong," not in finding.vi
        # Whoever has as many in several units stands out in none; nor do few persons stand out among themselves.
        nowhere = report(history, level=Level.FIRST, unit="p1")
        assert [row.unit for row in found(nowhere, Anomaly.MANY_OF_ONE)] == ["p1"]


def test_whose_an_idea_is_follows_amendments_as_of_the_moment() -> None:
    with shops() as history:
        of_persons(history, "b", *range(100, 200))
        names = of_persons(history, "a", *range(20, 34), at=100)
        assert not found(report(history), Anomaly.MANY_OF_ONE)
        for n, name in enumerate(names):
            history.story.amend(name, who=7, at=day(110 + n))
        (finding,) = found(report(history), Anomaly.MANY_OF_ONE)
        assert finding.observed == 14
        # Before the last four were amended it was ten; before that, fewer than anybody looks at.
        (earlier,) = found(report(history, Asked(119.5)), Anomaly.MANY_OF_ONE)
        assert earlier.observed == 10
        assert not found(report(history, Asked(118.5)), Anomaly.MANY_OF_ONE)
        (corrected,) = found(report(history, Asked(119.5, 130)), Anomaly.MANY_OF_ONE)
        assert corrected.observed == 10
        # An idea that went elsewhere counts there, whoever wrote it.
        for name in names[:5]:
            history.story.reroute(name, "c", at=day(140))
        assert not found(report(history), Anomaly.MANY_OF_ONE)


def test_co_authors_are_each_counted_and_an_idea_of_one_is_shown_first() -> None:
    with shops() as history:
        of_persons(history, "b", *range(100, 200))
        for n in range(11):
            history.story.declare(f"ab-{n}", "a", filed=day(n), at=day(101), people=2, who=7)
        (alone,) = of_persons(history, "a", 7, at=102)
        (finding,) = found(report(history), Anomaly.MANY_OF_ONE)
        assert (finding.observed, finding.idea) == (12, alone)
        assert "2 người như vậy" in finding.vi


def test_no_sentence_accuses() -> None:
    for words in SENTENCES.values():
        for accusing in ("gian", "sai phạm", "bịa", "fraud", "cheat", "false", "fake", "wrongdo"):
            assert accusing not in words.vi.lower()
            assert accusing not in words.en.lower()
        assert "Nên" in words.vi
        assert "See " in words.en or "Ask " in words.en


def recounted(history: History, at: Moment) -> dict[str, tuple[str, int, bool]]:
    """Of each idea where it counts, what it brings and whether it was typed for its author, from every event."""
    found: dict[str, tuple[str, int, bool]] = {}
    corrected = at.axis is Axis.CORRECTED
    for position, recorded, event in history.ledger.read(0, limit=10_000, to=at.position):
        match event:
            case IdeaDeclared() if not corrected or event.filed_at <= at.instant:
                benefit = event.content.benefit_vnd or 0
                found[event.originator_id.hex] = (event.unit, benefit, event.entered_by is not None)
            case IdeaAmended() if event.originator_id.hex in found:
                unit, _, entered = found[event.originator_id.hex]
                filed = next(
                    e.filed_at
                    for e in history.ledger.stream(event.originator_id)
                    if isinstance(e, IdeaDeclared)
                )
                if not corrected or max(recorded, filed) <= at.instant:
                    benefit = event.content.benefit_vnd or 0
                    found[event.originator_id.hex] = (unit, benefit, entered)
            case IdeaRerouted() if event.originator_id.hex in found:
                _, benefit, entered = found[event.originator_id.hex]
                found[event.originator_id.hex] = (event.unit, benefit, entered)
            case FlagRaised():
                raise AssertionError(f"position {position}: no turn raises a flag")
            case _:
                pass
    return found


@settings(max_examples=EXAMPLES)
@given(turns, moves, st.lists(asked, min_size=1, max_size=4))
def test_every_idea_is_looked_at_as_it_stands_at_the_moment(
    turned: list[Turn], move: tuple[str, int] | None, moments: list[Asked]
) -> None:
    with told(turned, move) as history:
        for when in (None, *moments):
            at = history.at(when)
            with history.views.read(QUOTA) as snapshot:
                ideas = Ideas.of(snapshot, Scope.at("1tr", at, snapshot))
                table = snapshot.tables["ideas"].c
                names: dict[int, str] = dict(
                    snapshot.connection.exec_driver_sql(
                        f"SELECT number, idea FROM {table.number.table.name}"
                    ).all()
                )
            standing = {
                names[n]: (
                    REGISTER.codes[int(ideas.place[n])],
                    int(ideas.benefit[n]),
                    bool(ideas.entered[n]),
                )
                for n in range(len(ideas.place))
                if ideas.place[n] >= 0
            }
            assert standing == recounted(history, at)
