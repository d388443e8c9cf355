"""Widths: the widest boards fit a terminal of 120 columns with the figures of a million ideas, no word or number broken."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.cli import terminal
from services.cli.monitoring import show_shares
from services.cli.targets import show_all
from services.projections.boards.course import Every
from services.projections.emulation.shares import Parts, ShareRow, Shares
from services.projections.reckoning.asof import Axis
from services.projections.targets.cascade import Cascade, CascadeRow, LevelRow, Sum
from shared.figures import PLAIN
from shared.vocabulary import HOME, Level, TargetKind

AT = datetime(2022, 10, 3, 15, 34, tzinfo=HOME)
LONG = "Công đoàn ngành Nông nghiệp và Phát triển nông thôn"
COUNTS = {"gross": 1_000_000, "net": 987_654, "duplicate_rate": 0.0123456, "people": 1_234_567}
SHARES = {"non_leader_share": 0.6969, "direct_share": 1.0, "non_state_share": None}
PARTS = {"non_leaders": 860_000, "direct": 1_234_567, "non_state": 0}


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal.out, "width", 120)


def board_of_shares(*, every: Every | None = None) -> Shares:
    begins, ends = datetime(2022, 5, 31, 17, tzinfo=UTC), datetime(2023, 8, 31, 17, tzinfo=UTC)
    row = ShareRow.model_validate(
        {
            "unit": "p1",
            "name": LONG,
            "begins": begins,
            "ends": ends,
            **COUNTS,
            **PARTS,
            **SHARES,
            **{f"national_{name}": 0.4444 for name in SHARES},
        }
    )
    return Shares(
        at=AT,
        position=3_430_000,
        axis=Axis.KNOWN,
        known_at=None,
        simulated=True,
        programme="1tr",
        period=None,
        every=every,
        nation=Parts.model_validate({**COUNTS, **PARTS, **SHARES}),
        rows=(row,),
    )


def cascaded() -> Cascade:
    row = CascadeRow(
        unit="p1", name=LONG, level=Level.FIRST, phase=None, kind=TargetKind.ORIENTATION,
        target=1_000_000, document="01/KH-TLĐ", children=63, children_sum=1_234_567,
        remainder=-234_567, without=("p10", "p11", "p12", "p13"), sum=Sum.NO_TARGET_ABOVE,
    )  # fmt: skip
    level = LevelRow(
        level=Level.FIRST, phase=None, kind=TargetKind.ORIENTATION, units=83, with_target=83,
        total=1_000_000,
    )  # fmt: skip
    return Cascade(
        at=AT, position=3_430_000, axis=Axis.KNOWN, known_at=None,
        simulated=True, programme="1tr", unit=None, ok=False, count=1, levels=(level,), rows=(row,),
        next=None,
    )  # fmt: skip


def shown(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What was printed, and no line of it wider than the terminal."""
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 120
    return printed.replace("│", " ").replace("┃", " ").split()


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("every", [None, Every.MONTH])
def test_the_shares_of_who_takes_part_fit_a_terminal(
    capsys: pytest.CaptureFixture[str], language: str, every: Every | None
) -> None:
    show_shares(board_of_shares(every=every), PLAIN._replace(language=language))  # type: ignore[arg-type]
    words = shown(capsys)
    figures = ("1.000.000", "987.654", "1.234.567", "69,7", "(44,4)", "100,0")
    swapped = [figure.translate(str.maketrans(",.", ".,")) for figure in figures]
    assert set(figures if language == "vi" else swapped) <= set(words)
    heads = {"vi": ("khai", "chức", "tiếp", "nước)"), "en": ("declared", "duplicate", "non-state")}
    assert set(heads[language]) <= set(words)
    assert ("1/6/2022" in words) is (every is not None and language == "vi")


def test_the_cascade_fits_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show_all(cascaded(), PLAIN)
    words = shown(capsys)
    assert {"1.000.000", "1.234.567", "-234.567", "p10,", "Nông", "thôn"} <= set(words)
    assert {"tiêu", "lại", "dưới"} <= set(words)
