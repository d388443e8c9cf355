"""What the figures of an evaluation come to, on a ledger small enough to count by hand."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree

import pytest

from services.dedup.curve import picture
from services.dedup.evaluation import UNLABELLED, Evaluation, KindResult, evaluate
from services.dedup.labels import DIFFERENT, SAME, Label, read_labels
from services.dedup.truth import Said, Suspected
from shared.calibration import IDENTITY
from shared.errors import Invalid
from shared.vocabulary import Band, MatchingRules, Thresholds, Tier
from tests.works import SOLUTIONS, slightly_other

STANDARD: Final = "Đơn vị cam kết duy trì giải pháp và báo cáo kết quả vào cuối mỗi quý. " * 8
RULES: Final = MatchingRules(
    calibration=IDENTITY,
    thresholds=Thresholds(similar=0.5, near=0.75, exact=0.975),
    standard_units=3,
)


def said(name: str, solution: str, unit: str = "a") -> Said:
    return Said(name, unit, solution)


def flag(idea: str, of: str, score: float = 0.8, band: Band = Band.NEAR) -> Suspected:
    return Suspected(idea, of, band, score)


def judged(
    labels: list[Label],
    texts: list[Said],
    flags: list[Suspected],
    rules: MatchingRules = RULES,
) -> Evaluation:
    return evaluate(labels, texts, flags, rules=rules)


def kind(result: Evaluation, name: str) -> KindResult:
    return next(found for found in result.kinds if found.kind == name)


TEXTS: Final = [
    said("gốc 1", SOLUTIONS[0]),
    said("gốc 2", SOLUTIONS[1]),
    said("gốc 3", SOLUTIONS[2]),
    said("chép 1", slightly_other(SOLUTIONS[0])),
    said("chép 1 nữa", slightly_other(SOLUTIONS[0])),
    said("chép 2", SOLUTIONS[1]),
    said("mới 1", SOLUTIONS[3]),
    said("mới 2", SOLUTIONS[4]),
]
LABELS: Final = [
    Label("chép 1", "edited-10", "gốc 1", same=True),
    Label("chép 1 nữa", "edited-10", "gốc 1", same=True),
    Label("chép 2", "exact", "gốc 2", same=True),
    Label("mới 1", "fresh"),
    Label("mới 2", "fresh"),
]


def test_recall_is_told_per_kind_and_band_and_as_their_mean() -> None:
    result = judged(
        LABELS, TEXTS, [flag("chép 1", "gốc 1"), flag("chép 2", "gốc 2", 1.0, Band.EXACT)]
    )
    assert kind(result, "edited-10").recall == 0.5
    assert kind(result, "edited-10").by_band == {Band.EXACT: 0, Band.NEAR: 1, Band.SIMILAR: 0}
    assert kind(result, "exact").recall == 1.0
    assert kind(result, "fresh").recall is None
    assert result.macro_recall == 0.75
    assert [band.recall for band in result.bands] == [1 / 3, 2 / 3, 2 / 3]


def test_a_flag_between_texts_that_share_nothing_is_false() -> None:
    result = judged(
        LABELS, TEXTS, [flag("mới 1", "gốc 1", 0.5, Band.SIMILAR), flag("chép 2", "gốc 2")]
    )
    assert kind(result, "fresh").false_flags == 1
    assert kind(result, "fresh").precision == 0.0
    assert result.false_flags_an_idea == kind(result, "fresh").false_flags_an_idea == 0.5
    assert [(band.false, band.precision) for band in result.bands] == [(0, None), (0, 1.0), (1, 0.0)]  # fmt: skip


def test_a_family_of_copies_is_suspected_wrongly_only_once() -> None:
    flags = [flag("mới 1", of) for of in ("gốc 1", "chép 1", "chép 1 nữa", "gốc 2")]
    assert kind(judged(LABELS, TEXTS, flags), "fresh").false_flags == 2


def test_copies_that_nobody_labelled_are_a_family_by_what_they_share() -> None:
    unlabelled = [label for label in LABELS if label.kind != "edited-10"]
    flags = [flag("chép 1", "gốc 1"), flag("mới 1", "gốc 1"), flag("mới 1", "chép 1")]
    assert kind(judged(unlabelled, TEXTS, flags), "fresh").false_flags == 1


def test_a_reprint_that_nobody_labelled_excuses_no_flag_that_shares_too_little() -> None:
    labels = [Label("gốc 3", "edited-50", "gốc 1", same=True), Label("chép 1", "fresh")]
    flags = [flag("chép 1", "gốc 1"), flag("chép 1", "gốc 3")]
    assert kind(judged(labels, TEXTS, flags), "fresh").false_flags == 1


def test_a_text_that_shares_a_fifth_is_rightly_suspected_whatever_its_label() -> None:
    words = SOLUTIONS[0].split()
    own = SOLUTIONS[3].split()[: len(words) * 2]
    half = " ".join([*words[: len(words) // 2], *own[: len(words) // 2]])
    texts = [*TEXTS, said("lẫn", half)]
    result = judged([*LABELS, Label("lẫn", "fresh")], texts, [flag("lẫn", "gốc 1")])
    assert kind(result, "fresh").false_flags == 0


def test_a_labelled_copy_is_no_false_flag_however_little_it_shares() -> None:
    labels = [*LABELS, Label("mới 1", "edited-50", "gốc 3", same=True)]
    assert kind(judged(labels, TEXTS, [flag("mới 1", "gốc 3")]), "edited-50").false_flags == 0


def test_what_two_texts_share_in_standard_paragraphs_does_not_count() -> None:
    texts = [said(f"mẫu {n}", f"{STANDARD}\n{SOLUTIONS[n]}", unit) for n, unit in enumerate("abcd")]
    labels = [Label(text.name, "template-heavy") for text in texts]
    flags = [flag("mẫu 3", "mẫu 0")]
    assert kind(judged(labels, texts, flags), "template-heavy").false_flags == 1
    same_unit = [text._replace(unit="a") for text in texts]
    short = [text._replace(solution=text.solution.replace(SOLUTIONS[n], f"Câu {n}.")) for n, text in enumerate(same_unit)]  # fmt: skip
    assert kind(judged(labels, short, flags), "template-heavy").false_flags == 0


def test_many_copies_of_one_text_make_no_standard_paragraph_of_it() -> None:
    texts = [said("gốc", SOLUTIONS[0], "a"), said("nguồn", SOLUTIONS[1], "z")]
    texts += [said(f"chép {unit}", SOLUTIONS[0], unit) for unit in "bcdef"]
    labels = [Label(f"chép {unit}", "exact", "gốc", same=True) for unit in "bcdef"]
    labels += [Label("lạ", "fresh")]
    texts += [said("lạ", SOLUTIONS[0], "g")]
    assert judged(labels, texts, [flag("lạ", "gốc")]).false_flags_an_idea == 0


def test_pairs_that_people_judged_are_believed_before_the_texts() -> None:
    labels = [
        Label("chép 1", SAME, "gốc 1", same=True),
        Label("gốc 3", SAME, "mới 1", same=True),
        Label("chép 2", DIFFERENT, "gốc 2"),
        Label("mới 2", DIFFERENT, "gốc 2"),
    ]
    flags = [flag("chép 1", "gốc 1"), flag("mới 1", "gốc 3"), flag("chép 2", "gốc 2")]
    result = judged(labels, TEXTS, flags)
    assert kind(result, SAME).recall == 1.0
    assert kind(result, DIFFERENT).false_flags == 1
    assert result.false_flags_an_idea == 0.25


def test_flags_of_ideas_without_a_label_are_told_apart() -> None:
    result = judged(LABELS, TEXTS, [flag("gốc 2", "gốc 1"), flag("gốc 3", "gốc 1")])
    assert kind(result, UNLABELLED).ideas == 3
    assert kind(result, UNLABELLED).false_flags == 2
    assert result.false_flags_an_idea == 0


def test_the_latest_flag_of_a_pair_holds() -> None:
    result = judged(LABELS, TEXTS, [flag("chép 2", "gốc 2"), flag("chép 2", "gốc 2", 1.0, Band.EXACT)])  # fmt: skip
    assert result.flags == 1
    assert kind(result, "exact").by_band[Band.EXACT] == 1


def test_the_curve_says_what_each_threshold_would_leave() -> None:
    flags = [
        flag("chép 1", "gốc 1", 0.9),
        flag("chép 1 nữa", "gốc 1", 0.6),
        flag("chép 2", "gốc 2", 1.0),
        flag("mới 1", "gốc 3", 0.5),
    ]
    points = {p.threshold: p for p in judged(LABELS, TEXTS, flags).curve}
    assert min(points) == 0.5
    assert (points[0.5].macro_recall, points[0.5].false_flags_an_idea) == (1.0, 0.5)
    assert (points[0.51].macro_recall, points[0.51].false_flags_an_idea) == (1.0, 0.0)
    assert points[0.7].macro_recall == 0.75
    assert points[1.0].macro_recall == 0.5


def test_the_curve_goes_by_likeness_where_scores_crowd() -> None:
    flags = [flag("chép 1", "gốc 1", 0.99), flag("chép 2", "gốc 2", 0.9999)]
    points = judged(LABELS, TEXTS, flags, MatchingRules()).curve
    assert {n / 100 for n in range(88, 101)} <= {point.likeness for point in points}
    between = [p for p in points if 0.99 < p.threshold < 0.9999]
    assert len(between) > 10
    for point in points:
        assert MatchingRules().calibration.likeness(point.threshold) <= point.likeness
    assert [p.threshold for p in points] == sorted({p.threshold for p in points})


def test_every_line_in_force_stands_on_the_curve_and_is_named() -> None:
    rules = MatchingRules(by_tier={Tier.ELSEWHERE: Thresholds(similar=0.51234, near=1, exact=1)})
    lines = rules.thresholds.model_dump()
    for flags in ([], [flag("chép 2", "gốc 2", 0.5)], [flag("chép 2", "gốc 2", 1.0)]):
        points = judged(LABELS, TEXTS, flags, rules).curve
        assert {p.begins.value: p.threshold for p in points if p.begins} == lines
        assert 0.51234 in {p.threshold for p in points}
        drawn = picture(points)
        assert "tương đồng: điểm từ 0,13<" in drawn
        assert drawn.count("stroke-dasharray") == len(lines)


def test_every_score_is_held_against_whether_its_flag_is_false() -> None:
    flags = [
        flag("chép 1", "gốc 1", 0.9),
        flag("chép 2", "gốc 2", 0.5),
        flag("mới 1", "gốc 3", 0.5),
    ]
    found = judged(LABELS, TEXTS, flags).reliability
    assert [(b.least, b.count, b.score, b.same) for b in found.bins] == [
        (0.5, 2, 0.5, 0.5),
        (0.9, 1, 0.9, 1.0),
    ]
    assert found.brier == pytest.approx((0.01 + 0.25 + 0.25) / 3)


def test_the_picture_draws_both_lines() -> None:
    drawn = picture(judged(LABELS, TEXTS, [flag("chép 2", "gốc 2")]).curve)
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
    assert drawn.count("<polyline ") == 2
    assert "độ phủ bình quân" in drawn


def test_a_picture_of_a_ledger_without_flags_is_drawn_too() -> None:
    assert "<polyline " in picture(judged(LABELS, TEXTS, []).curve)


def test_both_forms_of_label_are_read() -> None:
    lines = [
        b'{"later": "b", "earlier": "a", "kind": "exact"}',
        b'{"later": "c", "kind": "fresh"}',
        b"",
        b'{"idea": "d", "of": "a", "same": true}',
        b'{"idea": "e", "of": "a", "same": false}',
    ]
    assert read_labels(lines) == [
        Label("b", "exact", "a", same=True),
        Label("c", "fresh"),
        Label("d", SAME, "a", same=True),
        Label("e", DIFFERENT, "a"),
    ]


@pytest.mark.parametrize("line", [b"{", b'{"later": "a"}', b'{"idea": "a", "of": "b", "same": 1}'])
def test_a_line_that_is_no_label_is_named(line: bytes) -> None:
    with pytest.raises(Invalid, match="Line 2"):
        read_labels([b'{"later": "c", "kind": "fresh"}', line])


def test_a_file_without_labels_is_refused() -> None:
    with pytest.raises(Invalid, match="no labels"):
        read_labels([b"\n"])
