"""An idea: declared once, never refused for being ineligible; amended, re-routed, recognised or taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from services.intake.idea import (
    FiledInTheFuture,
    Idea,
    IdeaIsWithdrawn,
    NothingAmended,
    UnitIsClosed,
    UnitTakesNoIdeas,
    content_hash,
    priority,
)
from services.intake.receipt import Receipt
from services.intake.unit import Unit
from shared.declaration import Draft, Recognition
from shared.errors import Conflict, NotFound
from shared.events.idea import (
    IdeaAmended,
    IdeaDeclared,
    IdeaRerouted,
    IdeaWithdrawn,
    RecognitionRecorded,
)
from shared.events.organisation import UnitClosed, UnitFounded
from shared.ledger.encoding import Stored, decode, encode
from shared.ledger.model import Event, Recorded, Unfoldable, fold
from shared.ledger.stamp import risen
from shared.tree import Tree, UnitIsUnknown
from shared.vault import Vault
from shared.vocabulary import (
    HOME,
    Ineligible,
    RecognitionForm,
    TextField,
    WorkerKind,
    midnight,
    named,
)
from tests.gwt import given
from tests.places import (
    BY,
    LEFT_OUT,
    NEIGHBOUR,
    NOW,
    PROGRAMME,
    UNIT,
    author,
    declaration,
    founding,
    record,
)

TERMS: Final = PROGRAMME.terms()
IDEA: Final = named("idea", "LD-1")
FILED: Final = datetime(2022, 5, 4, 1, 0, tzinfo=UTC)
RECOGNISED: Final = Recognition(
    form=RecognitionForm.AWARD_DECISION, number="12/QĐ", date=date(2022, 6, 1)
)
MICROSECOND: Final = timedelta(microseconds=1)


@pytest.fixture(scope="module")
def seals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    """A vault whose keys nobody can guess, but which makes the same ones in each run."""
    made = (bytes([n % 251]) for n in range(10**9))
    vault = Vault(
        f"sqlite:///{tmp_path_factory.mktemp('vault') / 'vault.db'}",
        entropy=lambda size: (next(made) * size)[:size],
    )
    yield vault
    vault.close()


def tree_with(*events: Event) -> Tree:
    """The small programme's tree, after these too."""
    return Tree.fold((*founding(), *events), date.max)


TREE: Final = tree_with()


def closed(unit: str, day: date, *, into: str | None = None) -> UnitClosed:
    """The unit's closing on a day."""
    founded = [e for e in founding() if isinstance(e, UnitFounded) and e.code == unit]
    return fold(Unit, founded).close(merged_into=into, valid_from=day, tree=TREE, by=BY)


def declared(
    seals: Vault, *, at: datetime = NOW, tree: Tree = TREE, **changes: object
) -> IdeaDeclared:
    """The event of a declaration with some fields otherwise."""
    return Idea.declare(
        IDEA,
        declaration(**changes),
        sender="cli",
        terms=TERMS,
        tree=tree,
        seals=seals,
        by=BY,
        at=at,
    )


def draft(**changes: object) -> Draft:
    """What a person writes into an amendment."""
    standing = ("external_id", "programme", "unit", "filed_at")
    whole = record(**changes)
    return Draft.model_validate({k: v for k, v in whole.items() if k not in standing}, strict=False)


def on_record(event: Event, position: int = 7) -> Recorded:
    """The event as it is read back from the ledger."""
    (kept,) = risen([encode(event)], [NOW], None)
    return decode(
        Stored(position, kept.originator_id, kept.originator_version, kept.topic, kept.state)
    )


# Eligibility: accepted and marked.


def test_an_idea_that_is_recognised_applied_and_filed_in_time_carries_no_mark(seals: Vault) -> None:
    assert declared(seals).ineligible == ()


@pytest.mark.parametrize(
    ("changes", "marks"),
    [
        ({"recognition": LEFT_OUT}, [Ineligible.NOT_RECOGNISED]),
        ({"first_applied_on": LEFT_OUT}, [Ineligible.NOT_APPLIED]),
        ({"first_applied_on": "2020-12-31"}, [Ineligible.APPLIED_BEFORE_WINDOW]),
        ({"first_applied_on": "2021-01-01"}, []),
        ({"first_applied_on": "2023-08-31"}, []),
        ({"first_applied_on": "2023-09-01"}, [Ineligible.APPLIED_AFTER_WINDOW]),
        ({"filed_at": "2022-01-07T23:59:59.999999+07:00"}, [Ineligible.FILED_BEFORE_WINDOW]),
        ({"filed_at": "2022-01-08T00:00:00+07:00"}, []),
        ({"filed_at": "2022-01-07T17:00:00Z"}, []),
        ({"filed_at": "2023-08-31T23:59:59.999999+07:00"}, []),
        ({"filed_at": "2023-09-01T00:00:00+07:00"}, [Ineligible.FILED_AFTER_WINDOW]),
        (
            {
                "recognition": LEFT_OUT,
                "first_applied_on": "2019-01-01",
                "filed_at": "2021-06-01T00:00:00+07:00",
            },
            [
                Ineligible.NOT_RECOGNISED,
                Ineligible.APPLIED_BEFORE_WINDOW,
                Ineligible.FILED_BEFORE_WINDOW,
            ],
        ),
    ],
)
def test_what_makes_an_idea_ineligible_is_marked_to_the_microsecond_and_never_refused(
    seals: Vault, changes: dict[str, Any], marks: list[Ineligible]
) -> None:
    later = datetime(2024, 1, 1, tzinfo=UTC)
    assert declared(seals, at=later, **changes).ineligible == tuple(marks)


days = st.dates(max_value=date(2030, 1, 1))
instants = st.datetimes(
    min_value=datetime(2, 1, 1),  # noqa: DTZ001 - the timezone is drawn
    max_value=NOW.replace(tzinfo=None),
    timezones=st.sampled_from([UTC, HOME]),
)


@for_any(filed=instants, applied=st.none() | days, recognised=st.booleans())
def test_no_date_whatever_keeps_an_idea_off_the_record(
    seals: Vault, filed: datetime, applied: date | None, recognised: bool
) -> None:
    event = declared(
        seals,
        filed_at=filed.isoformat(),
        first_applied_on=LEFT_OUT if applied is None else applied.isoformat(),
        recognition=record()["recognition"] if recognised else LEFT_OUT,
    )
    assert (Ineligible.NOT_RECOGNISED in event.ineligible) is not recognised
    assert (Ineligible.NOT_APPLIED in event.ineligible) is (applied is None)
    assert on_record(event).event == event


# Priority and instants.


@pytest.mark.parametrize(
    ("applied", "expected"),
    [
        (LEFT_OUT, FILED),
        ("2022-04-20", datetime(2022, 4, 19, 17, 0, tzinfo=UTC)),
        ("2022-05-04", datetime(2022, 5, 3, 17, 0, tzinfo=UTC)),
        ("2022-05-05", FILED),
        ("0001-01-01", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31", FILED),
    ],
)
def test_priority_is_the_filing_or_midnight_at_home_of_the_first_application(
    seals: Vault, applied: object, expected: datetime
) -> None:
    assert declared(seals, first_applied_on=applied).priority == expected


@for_any(filed=instants, applied=st.none() | days)
def test_priority_is_never_after_the_filing_nor_after_the_day_of_application_began(
    filed: datetime, applied: date | None
) -> None:
    content = declaration().content().model_copy(update={"first_applied_on": applied})
    found = priority(filed, content)
    assert found <= filed
    if applied is None or applied == date.min:
        return
    assert found <= midnight(applied)
    assert found in {filed, midnight(applied)}


def test_a_declaration_is_true_from_its_filing(seals: Vault) -> None:
    assert declared(seals).effective == FILED


@pytest.mark.parametrize(
    ("after", "late"), [(timedelta(days=1), False), (timedelta(days=1) + MICROSECOND, True)]
)
def test_what_is_recorded_more_than_a_day_after_its_filing_is_marked_late(
    seals: Vault, after: timedelta, late: bool
) -> None:
    assert declared(seals, at=FILED + after).late is late


def test_a_clock_that_runs_five_minutes_ahead_is_let_pass(seals: Vault) -> None:
    event = declared(seals, at=FILED - timedelta(minutes=5))
    assert event.filed_at == FILED
    assert not event.late


def test_what_is_filed_more_than_five_minutes_from_now_is_refused(seals: Vault) -> None:
    given(Idea).when(
        lambda _: declared(seals, at=FILED - timedelta(minutes=5) - MICROSECOND)
    ).then_refused(FiledInTheFuture, saying="Check the date and the offset")


# The unit.


def test_an_unknown_unit_takes_no_ideas(seals: Vault) -> None:
    given(Idea).when(lambda _: declared(seals, unit="p99")).then_refused(
        UnitIsUnknown, saying="Unit p99 is not in the tree"
    )


@pytest.mark.parametrize("unit", ["vn", "p01", "p01-01"])
def test_a_unit_above_the_grassroots_takes_no_ideas(seals: Vault, unit: str) -> None:
    given(Idea).when(lambda _: declared(seals, unit=unit)).then_refused(
        UnitTakesNoIdeas, saying="grassroots union where it arose"
    )


def test_who_names_a_unit_above_is_told_what_stands_below_it(seals: Vault) -> None:
    given(Idea).when(lambda _: declared(seals, unit="p01-01")).then_refused(
        UnitTakesNoIdeas, saying=f"Below it: {UNIT}, {NEIGHBOUR}."
    )


def test_a_closed_unit_takes_no_ideas_filed_from_that_day_on(seals: Vault) -> None:
    tree = tree_with(closed(UNIT, date(2022, 5, 4)))
    given(Idea).when(lambda _: declared(seals, tree=tree)).then_refused(
        UnitIsClosed, saying="Ask the level above"
    )


def test_who_declares_at_a_merged_unit_is_told_which_one_it_went_into(seals: Vault) -> None:
    tree = tree_with(closed(UNIT, date(2022, 5, 4), into=NEIGHBOUR))
    given(Idea).when(lambda _: declared(seals, tree=tree)).then_refused(
        UnitIsClosed, saying=f"merged into {NEIGHBOUR}; declare there"
    )


def test_what_was_filed_before_the_closing_still_belongs_to_the_closed_unit(seals: Vault) -> None:
    tree = tree_with(closed(UNIT, date(2022, 5, 5)))
    assert declared(seals, tree=tree, filed_at="2022-05-04T23:59:59+07:00").unit == UNIT
    given(Idea).when(
        lambda _: declared(seals, tree=tree, filed_at="2022-05-04T17:00:00Z")
    ).then_refused(UnitIsClosed)


# Whose it is, and the receipt.


def test_a_declaration_keeps_who_sent_it_and_under_which_name(seals: Vault) -> None:
    given(Idea).when(lambda _: declared(seals)).then(
        IdeaDeclared,
        originator_id=IDEA,
        originator_version=1,
        sender="cli",
        external_id="LD-1",
        programme="1tr",
        unit=UNIT,
        by=BY,
        entered_by=None,
    ).then_nothing_else()


def test_what_somebody_typed_for_the_author_is_recorded_on_behalf_of_the_first_author(
    seals: Vault,
) -> None:
    event = declared(seals, entered_by="Vi Văn Khằm")
    assert event.entered_by == seals.pseudonym("cli", "Vi Văn Khằm")
    assert event.by == BY.model_copy(update={"on_behalf_of": str(event.authors[0].person)})


def test_nothing_personal_is_recorded_in_clear(seals: Vault) -> None:
    kept = on_record(declared(seals, entered_by="Vi Văn Khằm"))
    said = encode(kept.event).state.decode()
    for personal in ("Nguyễn Thị Hòa", "NV-1", "Vi Văn Khằm", "Nguy\\u1ec5n"):
        assert personal not in said
    assert isinstance(kept.event, IdeaDeclared)
    sealed = kept.event.authors[0]
    assert seals.unseal(sealed.person, sealed.sealed_name) == "Nguyễn Thị Hòa"


@pytest.mark.parametrize(
    ("filed", "due"),
    [
        ("2022-05-04T08:00:00+07:00", "2022-08-04"),
        ("2022-08-31T08:00:00+07:00", "2022-11-30"),
        ("2022-11-30T08:00:00+07:00", "2023-02-28"),
        ("2022-12-31T08:00:00+07:00", "2023-03-31"),
        ("2023-11-30T08:00:00+07:00", "2024-02-29"),
        ("2022-08-30T16:59:59Z", "2022-11-30"),
        ("2022-08-31T17:00:00Z", "2022-12-01"),
    ],
)
def test_an_answer_is_due_three_months_on_at_home_or_on_the_last_day_of_that_month(
    seals: Vault, filed: str, due: str
) -> None:
    event = declared(seals, at=datetime(2024, 1, 1, tzinfo=UTC), filed_at=filed)
    assert Receipt.of(event, position=9).answer_due == due


def test_a_receipt_says_what_the_declarer_needs_to_hold_in_hand(seals: Vault) -> None:
    event = declared(seals, recognition=LEFT_OUT)
    assert Receipt.of(event, position=9) == Receipt(
        idea=IDEA,
        version=1,
        position=9,
        filed_at=FILED,
        priority=datetime(2022, 4, 19, 17, 0, tzinfo=UTC),
        answer_due="2022-08-04",
        content_hash=event.content_hash,
        ineligible=(Ineligible.NOT_RECOGNISED,),
        late=True,
    )


texts = st.text(st.characters(blacklist_categories=["Cc", "Cs"]), max_size=80)
lines_of_text = texts.filter(lambda text: bool(text.strip()))
shares = st.sampled_from([["100"], ["50", "50"], ["33.3", "33.3", "33.4"], ["0", "99.95"]])


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    """A declaration as some sender writes it, with all that it may hold."""
    optional: dict[str, st.SearchStrategy[object]] = {
        "situation_before": texts,
        "applicability": texts,
        "conditions": texts,
        "benefit": texts,
        "benefit_vnd": st.integers(0, 10**18),
        "benefit_basis": texts,
        "benefit_class": st.sampled_from(["declared", "recognised", "verified"]),
        "field": st.sampled_from(["technical", "applied technology"]),
        "first_applied_on": days.map(date.isoformat),
        "entered_by": texts,
        "confidential": st.lists(st.sampled_from([f.value for f in TextField]), unique=True),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(optional))))
    return {
        "title": draw(lines_of_text),
        "solution": draw(lines_of_text) + draw(st.sampled_from(["", "\n\tdòng hai"])),
        "filed_at": draw(instants).isoformat(),
        "authors": [
            author(
                person=f"NV-{n}",
                name=draw(lines_of_text),
                share_percent=share,
                holds_post=draw(st.booleans()),
                worker_kind=draw(st.sampled_from([k.value for k in WorkerKind])),
            )
            for n, share in enumerate(draw(shares))
        ],
        **{name: draw(optional[name]) for name in sorted(chosen)},
    }


@for_any(sent=records(), position=st.integers(1, 2**62))
def test_a_receipt_made_again_from_the_ledger_is_the_one_that_was_given(
    seals: Vault, sent: dict[str, Any], position: int
) -> None:
    event = declared(seals, **sent)
    read = on_record(event, position)
    assert isinstance(read.event, IdeaDeclared)
    assert read.event == event
    assert Receipt.of(read.event, read.position) == Receipt.of(event, position)


@for_any(sent=records())
def test_a_content_hash_can_be_checked_years_later_from_what_is_on_record(
    seals: Vault, sent: dict[str, Any]
) -> None:
    read = on_record(declared(seals, **sent)).event
    assert isinstance(read, IdeaDeclared)
    assert content_hash(read.content, read.authors) == read.content_hash


def test_the_content_hash_of_the_same_words_is_the_same_for_ever(seals: Vault) -> None:
    assert (
        declared(seals).content_hash
        == "2d842fe1bbd3ed5f4cb893e4d28e2f36d012b095513968fd58b51bacbd2850ab"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"external_id": "LD-2"},
        {"unit": NEIGHBOUR},
        {"filed_at": "2022-05-05T08:00:00+07:00"},
        {"entered_by": "Vi Văn Khằm"},
        {"authors": [author(name="Trần Văn Bình")]},
        {"authors": [author(person="NV-2")]},
        {"authors": [author(share_percent="100.0")]},
        {"situation_before": ""},
    ],
)
def test_neither_people_nor_where_and_when_it_was_declared_are_in_the_content_hash(
    seals: Vault, changes: dict[str, Any]
) -> None:
    assert declared(seals, **changes).content_hash == declared(seals).content_hash


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Cải tiến đồ gá hàn khung xe."},
        {"solution": "Đồ gá khác."},
        {"benefit_vnd": 0},
        {"first_applied_on": "2022-04-21"},
        {"recognition": LEFT_OUT},
        {"confidential": ["solution"]},
        {"authors": [author(holds_post=True)]},
        {"authors": [author(share_percent=60), author(person="NV-2", share_percent=40)]},
    ],
)
def test_whatever_else_was_declared_is_in_the_content_hash(
    seals: Vault, changes: dict[str, Any]
) -> None:
    assert declared(seals, **changes).content_hash != declared(seals).content_hash


# Amending.


def test_an_amendment_gives_the_content_anew_and_priority_eligibility_and_hash_follow(
    seals: Vault,
) -> None:
    before = declared(seals)
    words = draft(
        title="Đồ gá hàn xoay", first_applied_on="2020-03-01", authors=[author(holds_post=True)]
    )
    after = declared(
        seals,
        title="Đồ gá hàn xoay",
        first_applied_on="2020-03-01",
        authors=[author(holds_post=True)],
    )
    (
        given(Idea, before)
        .when(lambda idea: idea.amend(words, terms=TERMS, seals=seals, by=BY))
        .then(
            IdeaAmended,
            originator_version=2,
            effective=None,
            programme="1tr",
            unit=UNIT,
            priority=midnight(date(2020, 3, 1)),
            content_hash=after.content_hash,
            ineligible=(Ineligible.APPLIED_BEFORE_WINDOW,),
            content=words.content(),
        )
        .then_nothing_else()
        .so_that(
            lambda idea: (idea.priority, idea.content, idea.content_hash, idea.ineligible),
            (midnight(date(2020, 3, 1)), after.content, after.content_hash, after.ineligible),
        )
    )


def test_an_amendment_that_takes_the_application_back_leaves_the_filing_as_priority(
    seals: Vault,
) -> None:
    (
        given(Idea, declared(seals))
        .when(
            lambda idea: idea.amend(
                draft(first_applied_on=LEFT_OUT), terms=TERMS, seals=seals, by=BY
            )
        )
        .then(IdeaAmended, priority=FILED, ineligible=(Ineligible.NOT_APPLIED,))
    )


def test_an_amendment_speaks_of_the_unit_that_the_idea_was_moved_to(seals: Vault) -> None:
    before = declared(seals)
    moved = fold(Idea, [before]).reroute(NEIGHBOUR, reason="nhầm", tree=TREE, by=BY)
    (
        given(Idea, before, moved)
        .when(lambda idea: idea.amend(draft(title="Mới"), terms=TERMS, seals=seals, by=BY))
        .then(IdeaAmended, originator_version=3, unit=NEIGHBOUR)
    )


def test_an_amendment_that_says_what_is_on_record_is_none(seals: Vault) -> None:
    (
        given(Idea, declared(seals))
        .when(lambda idea: idea.amend(draft(), terms=TERMS, seals=seals, by=BY))
        .then_refused(NothingAmended, saying="says just this already")
    )


def test_a_name_that_was_misspelt_can_be_corrected(seals: Vault) -> None:
    (
        given(Idea, declared(seals))
        .when(
            lambda idea: idea.amend(
                draft(authors=[author(name="Nguyễn Thị Hoà")]), terms=TERMS, seals=seals, by=BY
            )
        )
        .then(IdeaAmended, originator_version=2)
    )


def test_amended_authors_are_sealed_for_the_sender_who_declared(seals: Vault) -> None:
    idea = fold(Idea, [declared(seals)])
    event = idea.amend(
        draft(authors=[author(person="NV-7", name="Lò Thị Mai")]), terms=TERMS, seals=seals, by=BY
    )
    (sealed,) = event.authors
    assert sealed.person == seals.pseudonym("cli", "NV-7")
    assert seals.unseal(sealed.person, sealed.sealed_name) == "Lò Thị Mai"
    assert "Lò Thị Mai" not in encode(event).state.decode()


# Withdrawing.


def test_an_idea_taken_back_says_why_and_from_where(seals: Vault) -> None:
    (
        given(Idea, declared(seals))
        .when(lambda idea: idea.withdraw(reason="kê khai nhầm", by=BY))
        .then(IdeaWithdrawn, effective=None, programme="1tr", unit=UNIT, reason="kê khai nhầm")
        .so_that(lambda idea: idea.withdrawn, True)
    )


COMMANDS: Final[dict[str, Callable[[Idea, Vault], Event]]] = {
    "withdrawn": lambda idea, _: idea.withdraw(reason="lần nữa", by=BY),
    "amended": lambda idea, seals: idea.amend(draft(), terms=TERMS, seals=seals, by=BY),
    "re-routed": lambda idea, _: idea.reroute(NEIGHBOUR, reason="nhầm", tree=TREE, by=BY),
    "recognised": lambda idea, _: idea.record_recognition(RECOGNISED, terms=TERMS, by=BY),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_more_can_be_done_to_an_idea_that_was_taken_back(
    seals: Vault, command: str
) -> None:
    before = declared(seals)
    gone = fold(Idea, [before]).withdraw(reason="kê khai nhầm", by=BY)
    given(Idea, before, gone).when(lambda idea: COMMANDS[command](idea, seals)).then_refused(
        IdeaIsWithdrawn, saying="Declare it anew if it stands"
    )


# Re-routing.


def test_a_rerouted_idea_was_with_the_other_unit_all_along_and_keeps_its_priority(
    seals: Vault,
) -> None:
    before = declared(seals)
    (
        given(Idea, before)
        .when(lambda idea: idea.reroute(NEIGHBOUR, reason="ghi nhầm đơn vị", tree=TREE, by=BY))
        .then(
            IdeaRerouted,
            effective=FILED,
            programme="1tr",
            came_from=UNIT,
            unit=NEIGHBOUR,
            reason="ghi nhầm đơn vị",
        )
        .so_that(
            lambda idea: (idea.unit, idea.priority, idea.filed_at),
            (NEIGHBOUR, before.priority, FILED),
        )
    )


def test_an_idea_is_not_rerouted_to_where_it_is(seals: Vault) -> None:
    given(Idea, declared(seals)).when(
        lambda idea: idea.reroute(UNIT, reason="nhầm", tree=TREE, by=BY)
    ).then_refused(Conflict, saying=f"is with unit {UNIT} already")


@pytest.mark.parametrize(("unit", "refusal"), [("p99", UnitIsUnknown), ("p01", UnitTakesNoIdeas)])
def test_an_idea_is_rerouted_only_to_a_unit_that_takes_ideas(
    seals: Vault, unit: str, refusal: type[NotFound | UnitTakesNoIdeas]
) -> None:
    given(Idea, declared(seals)).when(
        lambda idea: idea.reroute(unit, reason="nhầm", tree=TREE, by=BY)
    ).then_refused(refusal)


def test_an_idea_is_rerouted_to_a_unit_that_was_open_when_it_was_filed(seals: Vault) -> None:
    open_then = tree_with(closed(NEIGHBOUR, date(2022, 5, 5)))
    closed_then = tree_with(closed(NEIGHBOUR, date(2022, 5, 4)))
    (
        given(Idea, declared(seals))
        .when(lambda idea: idea.reroute(NEIGHBOUR, reason="nhầm", tree=open_then, by=BY))
        .then(IdeaRerouted, unit=NEIGHBOUR)
    )
    given(Idea, declared(seals)).when(
        lambda idea: idea.reroute(NEIGHBOUR, reason="nhầm", tree=closed_then, by=BY)
    ).then_refused(UnitIsClosed)


# Recognition.


def test_a_recognition_recorded_later_clears_its_mark_as_of_the_filing(seals: Vault) -> None:
    (
        given(Idea, declared(seals, recognition=LEFT_OUT))
        .when(lambda idea: idea.record_recognition(RECOGNISED, terms=TERMS, by=BY))
        .then(
            RecognitionRecorded,
            effective=FILED,
            programme="1tr",
            unit=UNIT,
            recognition=RECOGNISED,
            ineligible=(),
        )
        .so_that(lambda idea: (idea.ineligible, idea.content.recognition), ((), RECOGNISED))
    )


def test_a_recognition_leaves_the_other_marks_where_they_are(seals: Vault) -> None:
    (
        given(Idea, declared(seals, recognition=LEFT_OUT, first_applied_on=LEFT_OUT))
        .when(lambda idea: idea.record_recognition(RECOGNISED, terms=TERMS, by=BY))
        .then(RecognitionRecorded, ineligible=(Ineligible.NOT_APPLIED,))
    )


def test_eligibility_is_judged_by_the_terms_in_force_when_it_is_judged(seals: Vault) -> None:
    shorter = TERMS.model_copy(update={"applied_from": date(2022, 5, 1)})
    (
        given(Idea, declared(seals))
        .when(lambda idea: idea.record_recognition(RECOGNISED, terms=shorter, by=BY))
        .then(RecognitionRecorded, ineligible=(Ineligible.APPLIED_BEFORE_WINDOW,))
    )


# Folding.


def test_a_history_that_does_not_begin_with_a_declaration_is_no_idea(seals: Vault) -> None:
    gone = fold(Idea, [declared(seals)]).withdraw(reason="nhầm", by=BY)
    with pytest.raises(NotFound, match="There is no such idea"):
        fold(Idea, [gone])


def test_an_idea_cannot_be_declared_twice_in_one_history(seals: Vault) -> None:
    event = declared(seals)
    with pytest.raises(Unfoldable):
        fold(Idea, [event, event])


@for_any(commands=st.lists(st.sampled_from(sorted(COMMANDS)), max_size=6))
def test_whatever_is_done_to_an_idea_its_history_read_back_makes_the_same_idea(
    seals: Vault, commands: list[str]
) -> None:
    history: list[Event] = [declared(seals, recognition=LEFT_OUT)]
    idea = fold(Idea, history)
    for command in commands:
        try:
            event = COMMANDS[command](idea, seals)
        except Conflict:
            # Taken back, or with that unit already: nothing was recorded.
            continue
        history.append(event)
        idea = Idea.evolve(idea, event)
    assert idea.version == len(history)
    assert idea.filed_at == FILED
    assert fold(Idea, [on_record(event).event for event in history]) == idea
