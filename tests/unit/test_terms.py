"""A programme's terms: the phases that a unit goes through."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from shared.terms import Phase, Terms, Window

START = datetime(2022, 1, 8, tzinfo=UTC)


def terms(*phases: tuple[str, int, int, str | None]) -> Terms:
    """Phases by code, first and last month, and whose they are."""
    return Terms(
        window=Window.model_validate({"from": START, "to": START + timedelta(days=600)}),
        applied_from=date(2021, 9, 1),
        applied_to=date(2023, 9, 1),
        phases=tuple(
            Phase.model_validate(
                {
                    "code": code,
                    "from": START + timedelta(days=30 * begins),
                    "to": START + timedelta(days=30 * ends),
                    "unit": unit,
                }
            )
            for code, begins, ends, unit in phases
        ),
    )


def through(found: Terms, *path: str) -> list[tuple[str, str | None]]:
    return [(phase.code, phase.unit) for phase in found.chain(path)]


NATIONS = (("2", 5, 20, None), ("1", 0, 5, None))


def test_a_unit_goes_through_everybodys_phases_in_the_order_in_which_they_begin() -> None:
    assert through(terms(*NATIONS), "vn", "p1") == [("1", None), ("2", None)]
    assert through(terms(*NATIONS)) == [("1", None), ("2", None)]


def test_phases_under_new_codes_are_a_plan_of_their_own() -> None:
    found = terms(*NATIONS, ("a", 0, 9, "p1"), ("b", 9, 20, "p1"))
    assert through(found, "vn", "p1", "u1") == [("a", "p1"), ("b", "p1")]
    assert through(found, "vn", "p2") == [("1", None), ("2", None)]


def test_a_phase_under_a_known_code_takes_the_place_of_that_one() -> None:
    found = terms(*NATIONS, ("2", 5, 9, "p1"), ("3", 9, 20, "p1"))
    assert through(found, "vn", "p1") == [("1", None), ("2", "p1"), ("3", "p1")]


def test_the_nearest_unit_above_says_which() -> None:
    found = terms(*NATIONS, ("2", 5, 19, "p1"), ("2", 5, 18, "u1"), ("x", 0, 20, "u2"))
    assert through(found, "vn", "p1", "u1", "a") == [("1", None), ("2", "u1")]
    assert through(found, "vn", "p1", "u2") == [("x", "u2")]
    assert through(found, "vn", "p1", "u3") == [("1", None), ("2", "p1")]
