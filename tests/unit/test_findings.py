"""What people found of pairs: what stands after rulings, other rulings, exclusions and undone lists."""

from __future__ import annotations

from typing import Final

from services.dedup.findings import Finding, Findings, Pair
from shared.events.case import MemberRuled
from shared.events.mending import MemberExcluded, RulingUndone
from shared.ledger.model import Event
from shared.vocabulary import Judgement, Ruling, Worded, named
from tests.suspects import REVIEWER, idea

CASE: Final = named("case", "one")
SAID: Final = {
    "originator_id": CASE, "originator_version": 2, "by": REVIEWER, "unit": "bk-nr-01",
    "programme": "1tr", "reason": "Đã xem cả hai.",
}  # fmt: skip


def ruled(member: str, canonical: str, ruling: Ruling) -> MemberRuled:
    """A ruling on a member, in the words that both have; an idea is told apart by its name."""
    return MemberRuled.model_validate(
        SAID
        | {
            "member": idea(member),
            "canonical": idea(canonical),
            "ruling": ruling,
            "member_solution": f"words of {member}",
            "canonical_solution": f"words of {canonical}",
        }
    )


def excluded(member: str, *others: str) -> MemberExcluded:
    apart = tuple(Worded(idea=idea(other), solution=f"words of {other}") for other in others)
    return MemberExcluded.model_validate(
        SAID | {"member": idea(member), "solution": f"words of {member}", "apart": apart}
    )


def undone(member: str, canonical: str, before: MemberRuled | None = None) -> RulingUndone:
    """A ruling taken back with its list; what stood before it stands again."""
    judged = before and Judgement(
        code=before.ruling.value,
        reason=before.reason,
        against=before.canonical,
        solution=before.member_solution,
        against_solution=before.canonical_solution,
        event=before.name,
    )
    apart = (f"words of {member}", f"words of {canonical}")
    is_apart = before is not None and before.ruling.distinct
    return RulingUndone.model_validate(
        SAID
        | {
            "member": idea(member),
            "canonical": idea(canonical),
            "undone": f"{CASE}/2",
            "before": judged,
            "apart": apart if is_apart else (),
        }
    )


def after(*events: Event) -> dict[Pair, Finding]:
    """What stands after these decisions."""
    findings = Findings()
    for event in events:
        findings.take(event)
    return dict(findings)


def pair(one: str, other: str) -> Pair:
    return frozenset((idea(one), idea(other)))


def rulings(*events: Event) -> dict[Pair, Ruling | None]:
    return {pair: finding.ruling for pair, finding in after(*events).items()}


COPY: Final = ruled("b", "a", Ruling.COPIED)


def test_a_ruling_holds_for_the_pair_in_either_direction_and_in_its_words_only() -> None:
    findings = Findings()
    findings.take(COPY)
    words = frozenset(("words of a", "words of b"))
    found = findings.of(pair("a", "b"), words)
    assert found is not None
    assert (found.ruling, found.distinct) == (Ruling.COPIED, False)
    assert findings.of(pair("a", "b"), frozenset(("words of a", "other words"))) is None
    assert findings.of(pair("a", "c"), words) is None


def test_a_later_ruling_on_a_pair_stands_in_place_of_the_earlier() -> None:
    assert rulings(COPY, ruled("b", "a", Ruling.INDEPENDENT)) == {
        pair("a", "b"): Ruling.INDEPENDENT
    }
    assert rulings(ruled("b", "a", Ruling.INDEPENDENT), COPY) == {pair("a", "b"): Ruling.COPIED}


def test_an_idea_is_a_copy_of_one_other_and_distinct_from_many() -> None:
    assert rulings(COPY, ruled("b", "c", Ruling.RE_ENTRY)) == {pair("c", "b"): Ruling.RE_ENTRY}
    both = (ruled("b", "a", Ruling.INDEPENDENT), ruled("b", "c", Ruling.TEMPLATE_ONLY))
    assert set(rulings(*both)) == {pair("a", "b"), pair("b", "c")}
    assert set(rulings(*both, ruled("b", "d", Ruling.COPIED))) == {
        pair("a", "b"), pair("b", "c"), pair("b", "d"),
    }  # fmt: skip


def test_what_was_ruled_of_another_member_of_the_pair_stays() -> None:
    turned = ruled("a", "b", Ruling.COPIED)
    assert rulings(COPY, turned, ruled("b", "c", Ruling.COPIED)) == {
        pair("a", "b"): Ruling.COPIED,
        pair("b", "c"): Ruling.COPIED,
    }


def test_an_excluded_member_is_distinct_from_all_who_were_there_and_a_copy_of_nobody() -> None:
    found = after(COPY, excluded("b", "c", "d"))
    assert set(found) == {pair("b", "c"), pair("b", "d")}
    assert all(finding.distinct and finding.ruling is None for finding in found.values())
    assert after(COPY, excluded("b", "a"))[pair("a", "b")].distinct


def test_what_stood_before_an_undone_ruling_stands_again() -> None:
    distinct = ruled("b", "a", Ruling.NOT_DUPLICATE)
    assert rulings(COPY, undone("b", "a")) == {}
    assert rulings(COPY, distinct, undone("b", "a", COPY)) == {pair("a", "b"): Ruling.COPIED}
    (found,) = after(distinct, COPY, undone("b", "a", distinct)).values()
    assert found.distinct
    elsewhere = ruled("b", "c", Ruling.COPIED)
    assert rulings(elsewhere, COPY, undone("b", "a", elsewhere)) == {pair("b", "c"): Ruling.COPIED}
