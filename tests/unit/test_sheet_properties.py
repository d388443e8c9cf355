from __future__ import annotations

import json
import tempfile
from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.records import parse
from shared.declaration import Declaration
from shared.vocabulary import BenefitClass, IdeaField, RecognitionForm, TextField, WorkerKind
from tests.sheets import read, table, taken, write_csv, write_workbook

# Whatever is sent.

LETTERS = st.characters(exclude_categories=["Cc", "Cs"])
PLAIN = st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"])
DAYS = st.dates(date(2000, 1, 1), date(2030, 1, 1)).map(date.isoformat)


def texts(letters: st.SearchStrategy[str], longest: int = 40) -> st.SearchStrategy[str]:
    return st.text(letters, max_size=longest)


def written_out(text: str) -> bool:
    return bool(text.strip())


@st.composite
def declarations(
    draw: st.DrawFn, letters: st.SearchStrategy[str] = LETTERS, breaks: str = '\n\t\r",;'
) -> dict[str, object]:
    """A record that is a valid declaration, with everything a text may hold."""
    long = texts(st.one_of(letters, st.sampled_from(breaks)))
    short = texts(letters)
    shares = draw(st.lists(st.integers(0, 100_000), min_size=0, max_size=3))
    shares = [share // 3 for share in shares]
    parts = [*shares, 100_000 - sum(shares)]
    sent: dict[str, object] = {
        "external_id": draw(short.filter(written_out)),
        "programme": "1tr",
        "unit": "p01-01-001",
        "title": draw(short.filter(written_out)),
        "solution": draw(long.filter(written_out)),
        "situation_before": draw(long),
        "benefit": draw(long),
        "entered_by": draw(short),
        "filed_at": f"{draw(DAYS)}T{draw(st.times()).isoformat()}+07:00",
        "authors": [
            {
                "person": draw(short.filter(written_out)),
                "name": draw(short.filter(written_out)),
                "share_percent": part / 1000,
                "holds_post": draw(st.booleans()),
                "worker_kind": draw(st.sampled_from(WorkerKind)).value,
            }
            for part in parts
        ],
        "benefit_class": draw(st.sampled_from(BenefitClass)).value,
        "confidential": [name.value for name in draw(st.lists(st.sampled_from(TextField)))],
    }
    if draw(st.booleans()):
        sent["benefit_vnd"] = draw(st.integers(0, 10**18))
        sent["field"] = draw(st.sampled_from(IdeaField)).value
        sent["first_applied_on"] = draw(DAYS)
        sent["recognition"] = {
            "form": draw(st.sampled_from(RecognitionForm)).value,
            "date": draw(DAYS),
            "number": draw(short),
            "authority": draw(short),
        }
    return sent


def validated(sent: dict[str, object]) -> Declaration:
    found, wrong = parse(json.dumps(sent, ensure_ascii=False).encode(), "en")
    assert found is not None, wrong
    return found


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(sent=st.lists(declarations(), min_size=1, max_size=4), delimiter=st.sampled_from(",;\t"))
def test_a_csv_written_from_any_declarations_reads_back_as_they_were(
    sent: list[dict[str, object]], delimiter: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = read(write_csv(Path(folder) / "a.csv", table(sent), delimiter))

    assert [taken(row) for row in found] == [validated(one) for one in sent]


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(sent=st.lists(declarations(PLAIN, '\n\t",;'), min_size=1, max_size=4))
def test_a_workbook_written_from_any_declarations_reads_back_as_they_were(
    sent: list[dict[str, object]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = read(write_workbook(Path(folder) / "a.xlsx", table(sent)))

    assert [taken(row) for row in found] == [validated(one) for one in sent]
