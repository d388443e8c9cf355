"""The published figures, asked of a million simulated declarations by the commands that anybody has."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.journey.test_command_line import JSONObject, done, refused, sangkien

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

APRIL: Final = "2022-04-20T08:00:00+07:00"
MAY: Final = "2022-05-31T23:59:59+07:00"
JULY: Final = "2022-07-15T23:59:59+07:00"
MILLIONTH: Final = "2022-10-03T15:34:00+07:00"
OCTOBER: Final = "2022-10-31T23:59:59+07:00"

LEADERS: Final = (
    ("Thanh Hóa", 35728, 21.85),
    ("Hà Nội", 18549, 11.34),
    ("Nghệ An", 14282, 8.73),
    ("Hà Tĩnh", 9574, 5.85),
    ("Bắc Giang", 6601, 4.04),
    ("Hồ Chí Minh", 6475, 3.96),
    ("Hải Phòng", 5820, 3.56),
    ("Cần Thơ", 4808, 2.94),
    ("An Giang", 4754, 2.91),
    ("Long An", 4479, 2.74),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The whole history, written once."""
    data = tmp_path_factory.mktemp("seeds") / "data"
    written = done("simulate", "--scenario", "seeds", "--data", data, "--json").json
    assert written["ideas"] > 1_000_000
    assert written["events"] > written["ideas"]
    yield data
    # Two gigabytes are not left to be cleared away some day.
    shutil.rmtree(data)


def _board(home: Path, *typed: object) -> JSONObject:
    return done("board", *typed, "--data", home, "--programme", "1tr", "--json").json


def _rows(home: Path, unit: str, at: str, *typed: object) -> dict[tuple[Any, Any], JSONObject]:
    """The targets of a unit by phase and kind."""
    rows = _board(home, "quota", "--unit", unit, "--at", at, *typed)["rows"]
    return {(row["phase"], row["kind"]): row for row in rows}


def test_on_20_april_at_8_ten_units_lead_and_all_have_163_532(home: Path) -> None:
    # The latest programme need not be named.
    board = done("board", "leaderboard", "--data", home, "--at", APRIL, "--top", 82, "--json").json
    assert board["total"] == 163_532
    assert len(board["rows"]) == 82
    leading = board["rows"][:10]
    assert [row["gross"] for row in leading] == [count for _, count, _ in LEADERS]
    assert all(
        row["name"].endswith(name) for row, (name, _, _) in zip(leading, LEADERS, strict=True)
    )
    assert [round(100 * row["share"], 2) for row in leading] == [share for *_, share in LEADERS]
    assert board["rows"][10]["gross"] < 4479


def test_the_millionth_was_declared_at_15_34_on_3_october_and_332_days_were_left(
    home: Path,
) -> None:
    found = _board(home, "milestones", "--count", 1_000_000)["gross"]
    assert (found["at"], found["idea"]) == (MILLIONTH, "SK-1000000")
    whole = _rows(home, "vn", MILLIONTH)[None, "assigned"]
    assert (whole["target"], whole["gross"], whole["reached_at"]) == (
        1_000_000,
        1_000_000,
        MILLIONTH,
    )
    earlier = _rows(home, "vn", "2022-10-03T15:33:59+07:00")[None, "assigned"]
    assert (earlier["gross"], earlier["reached_at"]) == (999_999, None)


def test_300_000_were_reached_on_11_may_and_696_948_by_the_end_of_the_month(home: Path) -> None:
    assert _board(home, "milestones", "--count", 300_000)["gross"]["at"].startswith("2022-05-11")
    first = _rows(home, "vn", MAY)["1", "assigned"]
    assert (first["target"], first["gross"], first["exceeded_by"]) == (300_000, 696_948, 396_948)


@pytest.mark.parametrize("at", [MILLIONTH, OCTOBER])
def test_28_units_stood_under_half_of_their_target(home: Path, at: str) -> None:
    assert _board(home, "under", "--at", at)["count"] == 28


def test_bac_kan_came_to_1539_of_600_and_to_more_than_2200(home: Path) -> None:
    rows = _rows(home, "p06", MAY)
    assigned = rows["1", "assigned"]
    assert (assigned["target"], assigned["gross"], assigned["exceeded_by"]) == (600, 1539, 939)
    assert assigned["percent"] == 256.5
    assert (assigned["document"], assigned["dated"]) == ("1144/LĐLĐ-CTCS", "2022-04-26")
    planned = rows["1", "registered"]
    assert (planned["target"], planned["document"], planned["dated"]) == (
        670,
        "111/KH-LĐLĐ",
        "2022-01-26",
    )
    at_noon = _rows(home, "p06", "2022-05-12T13:30:00+07:00")["1", "assigned"]
    assert at_noon["gross"] == 455
    last = _rows(home, "p06", "2023-08-31T23:59:59+07:00")[None, "striving"]
    assert last["target"] == 2500
    assert 2200 < last["gross"] < 2500


def test_thai_nguyen_came_to_5585_of_5000_and_of_16_000(home: Path) -> None:
    rows = _rows(home, "p19", MAY)
    first, second, whole = (rows[phase, "registered"] for phase in ("1", "2", None))
    assert (first["gross"], first["target"], second["target"], whole["target"]) == (
        5585,
        5000,
        11000,
        16000,
    )
    assert round(first["percent"]) == 112


def test_the_other_published_counts_stand(home: Path) -> None:
    march = _board(home, "leaderboard", "--at", "2022-03-26T19:19:00+07:00", "--top", 8)
    assert [row["gross"] for row in march["rows"]] == [
        11666, 8881, 5072, 4554, 3583, 2235, 2153, 1759,
    ]  # fmt: skip
    may = _board(home, "leaderboard", "--at", "2022-05-12T10:00:00+07:00", "--top", 31)["rows"]
    assert (may[-1]["name"], may[-1]["gross"]) == ("LĐLĐ tỉnh Tuyên Quang", 2200)
    by_june = _board(home, "leaderboard", "--at", MAY, "--top", 82)["rows"]
    assert (by_june[0]["gross"], by_june[0]["benefit"] // 10**9) == (170_324, 162)
    assert sum(row["benefit"] for row in by_june) > 10**13
    day_one = _board(home, "leaderboard", "--at", "2022-01-08T23:59:59+07:00")
    assert day_one["total"] == 23


def _fact(name: str, subject: str, level: str, metric: str, value: object, as_of: str | None = None,
          qualifier: str = "exact") -> JSONObject:  # fmt: skip
    return {
        "id": name,
        "subject": subject,
        "unit_level": level,
        "metric": metric,
        "value": value,
        "qualifier": qualifier,
        "as_of": as_of,
    }


NATION: Final = ("cả nước", "national")
BAC_KAN: Final = ("LĐLĐ tỉnh Bắc Kạn", "province")
THAI_NGUYEN: Final = ("LĐLĐ tỉnh Thái Nguyên", "province")
NINE: Final = ("cohort of 9", "cohort")
FIGURES: Final = [
    _fact("million", *NATION, "cumulative_submitted", 1_000_000, MILLIONTH),
    _fact("april", *NATION, "cumulative_submitted", 163_532, APRIL, "more_than"),
    _fact("ahead", *NATION, "days_ahead_of_deadline", 332, MILLIONTH),
    _fact("ten", *NATION, "top10_sum", 111_070, APRIL, "derived"),
    _fact("behind", *NATION, "units_below_50pct_of_programme_target", 28, "2022-10"),
    _fact("cascade", "LĐLĐ tỉnh Thanh Hoá", "province", "target_cascade_levels", 3),
    _fact("tn-count", *THAI_NGUYEN, "cumulative_submitted_phase1", 5585, "2022-05-31 (end)"),
    _fact("tn-percent", *THAI_NGUYEN, "pct_of_phase1_target", 112, "2022-05-31", "rounded"),
    _fact("tn-done", *THAI_NGUYEN, "subunits_done_or_nearly_whole_programme", 4, "2022-07-15"),
    _fact("tn-over", *THAI_NGUYEN, "subunits_over_100pct_phase1", 6, "2022-07-15"),
    _fact("tn-window", *THAI_NGUYEN, "phase2_window", ["2022-06-01", "2023-08-31"]),
    _fact("tn-second", *THAI_NGUYEN, "phase2_target", 11_000, "2022-07-15"),
    _fact("tn-whole", *THAI_NGUYEN, "programme_target", 16_000, "2023-08-31", "more_than"),
    _fact("bk-plan", *BAC_KAN, "plan_document", {"no": "111/KH-LĐLĐ", "date": "2022-01-26"}, "2022-01-26"),
    _fact("bk-percent", *BAC_KAN, "programme_target_pct_of_members", 15, "2022-01-26", "at_least"),
    _fact("bk-number", *BAC_KAN, "programme_target_count", 2000, "2022-01-26", "more_than"),
    _fact("bk-phases", *BAC_KAN, "phase_count", 3),
    _fact("bk-p1", *BAC_KAN, "phase1_target_pct", 5, "2022-05-31", "at_least"),
    _fact("bk-p2", *BAC_KAN, "phase2_target_pct", 4, "2022-12-31", "at_least"),
    _fact("bk-p3", *BAC_KAN, "phase3_target_pct", 6, "2023-09-30", "at_least"),
    _fact("bk-assigned", *BAC_KAN, "target_assignment_document", {"no": "1144/LĐLĐ-CTCS", "date": "2022-04-26"}, "2022-04-26"),
    _fact("bk-count", *BAC_KAN, "cumulative_submitted_phase1", 1539, "2022-05-31T24:00+07:00"),
    _fact("bk-of", *BAC_KAN, "pct_of_phase1_target", 256.5, "2022-05-31"),
    _fact("bk-over", *BAC_KAN, "exceed_phase1_target_by", 939, "2022-05-31"),
    _fact("bk-benefit", *BAC_KAN, "benefit_value_total", 10**10, "2022-05-31", "more_than"),
    _fact("bk-later", *BAC_KAN, "cumulative_submitted", 2200, "article date", "more_than"),
    _fact("bk-striving", *BAC_KAN, "striving_target", 2500, "2023-09-01", "more_than"),
    _fact("bk-conflict", *BAC_KAN, "CONFLICT_pct_vs_assigned", None, None, "derived"),
    _fact("bk-seven", *BAC_KAN, "units_over_programme_target_named", 7, None, "non-exhaustive"),
    _fact("since", *NATION, "time_since_start", "<4 months", "2022-04-20"),
    _fact("plans", *NATION, "units_with_plan_pct", 100, "2022-04-20"),
    _fact("registered", *NATION, "registered_target_total", 1_000_000, "2022-04-20", "more_than"),
    _fact("nine", *NINE, "registered_target", 66_775, "2022-04-20"),
    _fact("nine-share", *NINE, "share_of_national_registered", 6, "2022-04-20", "more_than"),
    _fact("nine-below", *NINE, "units_registered_below_orientation", 3, "2022-04-20"),
    _fact("hoa-binh", "LĐLĐ tỉnh Hòa Bình", "province", "registered_minus_orientation_target", 3927, "2022-04-20"),
    _fact("tuyen-quang", "LĐLĐ tỉnh Tuyên Quang", "province", "registered_minus_orientation_target", 3008, "2022-04-20"),
    _fact("lang-son", "LĐLĐ tỉnh Lạng Sơn", "province", "registered_minus_orientation_target", 828, "2022-04-20"),
    _fact("orientation", *NATION, "orientation_target_pct", 10, "2022-04-20"),
    _fact("sakurai", "Sakurai Việt Nam", "grassroots", "cumulative_submitted", 500, None, "more_than"),
    _fact("earlier", *NATION, "programme_target", 75_000, "2021"),
    _fact("later", *NATION, "programme_target", 1_000_000, "2021-12/2023-09"),
    *(
        _fact(f"rank-{rank}", name, "province/city", "leaderboard_rank", {"rank": rank, "count": count, "share_pct": share}, APRIL)
        for rank, (name, count, share) in enumerate(LEADERS, 1)
    ),
]  # fmt: skip


def _claims(path: Path, facts: list[JSONObject]) -> Path:
    path.write_text(json.dumps({"facts": facts}), encoding="utf-8")
    return path


def test_every_published_figure_holds(home: Path, tmp_path: Path) -> None:
    said = _fact("said", "schools", "sector", "late_batches", "late", None, "qualitative")
    hall = _fact("hall", *BAC_KAN, "training_attendees", 700, "2022-05 (mid)", "more_than")
    file = _claims(tmp_path / "facts.json", [*FIGURES, said, hall])
    report = done("check-claims", file, "--data", home, "--json").json
    verdicts = {claim["id"]: claim["verdict"] for claim in report["claims"]}
    bounds = {name for name, verdict in verdicts.items() if verdict == "bound"}
    assert bounds == {"bk-number", "bk-benefit", "bk-later", "since", "registered", "nine-share", "sakurai"}  # fmt: skip
    assert (verdicts.pop("said"), verdicts.pop("hall")) == ("not-checkable",) * 2
    assert set(verdicts.values()) == {"match", "bound"}
    assert (report["unexplained"], report["counts"]["nearest"]) == (0, 0)
    people = done("check-claims", _claims(file, [FIGURES[0], said]), "--data", home)
    assert "KHÔNG KHỚP" not in people.out
    assert "nhận định" in people.out
    assert "0 chưa rõ" in people.out


def test_no_figure_that_was_altered_holds(home: Path, tmp_path: Path) -> None:
    altered = [
        {**fact, "value": fact["value"] + 1, "qualifier": "exact"}
        for fact in FIGURES
        if fact["id"] in {"million", "ahead", "tn-second", "bk-phases", "nine", "hoa-binh"}
    ]  # fmt: skip
    late = _fact("late", "Hà Nội", "province/city", "cumulative_submitted", 18549, "2022-05-31")
    answer = sangkien(
        "check-claims", _claims(tmp_path / "f.json", [*altered, late]), "--data", home, "--json"
    )
    assert answer.code == 1
    claims = {claim["id"]: claim for claim in answer.json["claims"]}
    assert {claim["verdict"] for claim in claims.values()} == {"nearest"}
    # The count stood when it was published, and the position says so.
    there = claims["late"]["nearest"]
    assert there["true"]
    assert there["at"] < APRIL
    again = _board(home, "leaderboard", "--at", there["position"], "--top", 2)["rows"][1]
    assert (again["name"], again["gross"]) == ("LĐLĐ thành phố Hà Nội", 18549)
    # One more than a million was declared soon after the million.
    later = claims["million"]["nearest"]
    assert later["true"]
    assert later["answered"] == 1_000_001


def test_a_history_is_not_written_over_another(home: Path) -> None:
    said = refused("simulate", "--scenario", "seeds", "--data", home, "--json")
    assert "Choose another --data" in said
