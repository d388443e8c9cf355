"""Why two declarations are suspected: stretches of the texts as typed, shared terms, what would have to go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, pairwise
from typing import Final, Literal
from unicodedata import normalize

import pytest

from services.dedup import explain as explaining
from services.dedup.explain import Explanation, Span, explain, own_words
from services.dedup.lexicon import Lexicon
from services.dedup.model import Models
from services.dedup.normalise import spans
from services.dedup.score import Judge
from services.dedup.spelling import Span as Word
from services.dedup.texts import words_of
from shared.declaration import Content
from shared.vocabulary import Band, MatchingRules, TextField, Tier
from tests.suspects import flag, member

LEXICON: Final = Lexicon()
MODEL: Final = Models.shipped()
LINE: Final = MatchingRules().thresholds.similar

ORIGINAL = (
    "Tổ lò hơi lắp van một chiều ở đường nước hồi và một phễu gom nước ngưng bằng thùng sơn cũ. "
    "Nước nóng 80 độ quay về bể cấp thay vì chảy xuống cống, than đốt mỗi ca bớt được ba xe rùa. "
    "Phao đồng trong phễu đóng mở van theo mực nước nên không ai phải trông."
)
HALF = (
    "Tổ lò hơi lắp van một chiều ở đường nước hồi và một phễu gom nước ngưng bằng thùng sơn cũ. "
    "Nước nóng 80 độ quay về bể cấp thay vì chảy xuống cống, than đốt mỗi ca bớt được ba xe rùa. "
    "Công nhân vận hành ghi nhiệt độ khói vào bảng treo cạnh lò, quá 220 độ thì dừng để thông ống. "
    "Muội than được hút bằng quạt cũ chạy ngược, hai người làm xong trong một buổi sáng."
)


def _content(solution: str, *hidden: TextField) -> Content:
    return Content(title="Thu hồi nước ngưng lò hơi", solution=solution, confidential=hidden)


def _explained(
    idea: Content,
    of: Content,
    *,
    rescore: Callable[[Sequence[str]], float] | None = None,
    **told: object,
) -> Explanation:
    raised = flag(member("later", 20), member("earlier", 10)).model_copy(update=told)
    return explain(raised, idea, of, model=MODEL, lexicon=LEXICON, line=LINE, rescore=rescore)


def _rescored(idea: Content, of: Content) -> Callable[[Sequence[str]], float]:
    judge = Judge(LEXICON, MODEL, MatchingRules())
    later, earlier = (judge.said(text.title, text.solution, "") for text in (idea, of))

    def rescore(words: Sequence[str]) -> float:
        changed = later._replace(solution=words_of(LEXICON.numbers(words)))
        return judge.compare(changed, earlier, Tier.FIRST).score

    return rescore


def matched(one: str, other: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The stretches of two texts without standard sentences."""
    return explaining.matched(own_words(one, LEXICON, ()), own_words(other, LEXICON, ()))


def shared_terms(one: str, other: str) -> tuple[explaining.Term, ...]:
    """The terms of two texts without standard sentences."""
    return explaining.shared_terms(spans(one), spans(other), MODEL, LEXICON)


def _said(words: Sequence[Word]) -> list[str]:
    return [word for word, _, _ in words]


def _marked(text: str, stretches: tuple[tuple[int, int], ...]) -> list[str]:
    return [text[start:end] for start, end in stretches]


def test_a_stretch_is_given_by_its_place_in_the_text_as_typed() -> None:
    idea, of = matched("Xin nói: TỔ LÒ HƠI lắp van.", "Ở đây tổ lò hơi lắp quạt.")
    assert _marked("Xin nói: TỔ LÒ HƠI lắp van.", idea) == ["TỔ LÒ HƠI lắp"]
    assert _marked("Ở đây tổ lò hơi lắp quạt.", of) == ["tổ lò hơi lắp"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_places_fit_whether_letters_are_composed_or_not(form: Literal["NFC", "NFD"]) -> None:
    typed = normalize(form, "Mở đầu: phễu gom nước ngưng — hết")
    idea, _ = matched(typed, "một phễu gom nước ngưng bằng thùng")
    assert _marked(typed, idea) == [normalize(form, "phễu gom nước ngưng")]


def test_an_abbreviation_is_marked_where_it_stands() -> None:
    typed = "Trong năm, GV và HS cùng làm vườn"
    idea, of = matched(typed, "giáo viên và học sinh cùng làm vườn rau")
    assert _marked(typed, idea) == ["GV và HS cùng làm vườn"]
    assert of == ((0, len("giáo viên và học sinh cùng làm vườn")),)


def test_invisible_characters_inside_a_stretch_are_marked_with_it() -> None:
    typed = "một ph\u200bễu gom\u00a0nước ngưng"
    idea, _ = matched(typed, "phễu gom nước ngưng")
    assert _marked(typed, idea) == ["ph\u200bễu gom\u00a0nước ngưng"]


def test_fewer_than_three_words_in_a_row_are_chance() -> None:
    assert matched("phễu gom đất", "phễu gom nước") == ((), ())


@pytest.mark.parametrize("text", ["", "…", "một hai"])
def test_texts_of_hardly_any_words_have_no_stretches(text: str) -> None:
    assert matched(text, text) == ((), ())


def test_stretches_follow_each_other_and_begin_and_end_with_a_word() -> None:
    idea, of = matched(HALF, ORIGINAL)
    for text, stretches in ((HALF, idea), (ORIGINAL, of)):
        assert stretches == tuple(sorted(stretches))
        words = spans(text)
        assert {start for start, _ in stretches} <= {start for _, start, _ in words}
        assert {end for _, end in stretches} <= {end for _, _, end in words}
        assert all(one[1] < other[0] for one, other in pairwise(stretches))


def test_the_shared_terms_are_the_telling_ones_as_the_earlier_text_writes_them() -> None:
    bare = "lo hoi co pheu gom nuoc ngung bang thung son cu va van mot chieu"
    found = shared_terms(bare, ORIGINAL)
    names = [term.term for term in found]
    assert "phễu" in " ".join(names)
    assert not {"và", "một"} & set(names)
    assert [t.weight for t in found] == sorted((t.weight for t in found), reverse=True)
    assert all(0 < term.weight < 1 for term in found)
    assert len(found) <= 12


def test_a_term_is_shown_with_its_diacritics_where_only_the_later_text_has_them() -> None:
    (phrase,) = {t.term for t in shared_terms("phễu gom", "pheu gom") if " " in t.term}
    assert phrase == "phễu gom"


def test_texts_with_nothing_in_common_share_no_terms() -> None:
    assert shared_terms("phễu gom", "quạt hút") == ()
    assert shared_terms("", "") == ()


def test_an_explanation_repeats_the_flag_and_says_it_in_words() -> None:
    told = _explained(
        _content(HALF),
        _content(ORIGINAL),
        band=Band.SIMILAR,
        score=0.61,
        tier=Tier.FIRST,
        reasons=("crossed-dates", "same-authors"),
    )
    assert (told.score, told.band, told.line) == (0.61, "similar", LINE)
    assert told.vi.startswith("Mức tương đồng (61 %), cùng liên đoàn lao động tỉnh, ngành: ")
    assert "cùng tác giả" in told.vi
    assert told.en.startswith("Similar (61 %), within the same first-level union: ")
    assert "one was filed first, the other applied first" in told.en


@pytest.mark.parametrize(
    ("score", "percent"), [(0.0966, 9), (0.29, 29), (0.8, 80), (0.999999, 99), (1.0, 100)]
)
def test_only_what_is_alike_in_everything_is_said_to_be_certain(score: float, percent: int) -> None:
    told = _explained(_content(HALF), _content(ORIGINAL), score=score)
    assert f" ({percent} %), " in told.vi
    assert f" ({percent} %), " in told.en


@pytest.mark.parametrize("hidden_in", ["idea", "of", "both"])
def test_of_a_confidential_solution_nothing_is_shown_but_the_score(hidden_in: str) -> None:
    hidden = _content(HALF, TextField.SOLUTION), _content(ORIGINAL, TextField.SOLUTION)
    shown = _content(HALF), _content(ORIGINAL)
    idea = shown[0] if hidden_in == "of" else hidden[0]
    of = shown[1] if hidden_in == "idea" else hidden[1]
    told = _explained(idea, of)
    assert (told.terms, told.idea_spans, told.of_spans) == ((), (), ())
    assert told.score == 0.8
    said = told.vi + told.en
    assert not any(word in said for word in ("phễu", "nước ngưng", "van một chiều"))


def test_another_confidential_field_hides_nothing_of_the_solution() -> None:
    told = _explained(_content(HALF, TextField.BENEFIT), _content(ORIGINAL))
    assert told.terms
    assert told.idea_spans
    assert told.of_spans


@pytest.mark.parametrize("solution", [HALF, ORIGINAL, f"{HALF} {ORIGINAL}"])
def test_what_would_have_to_go_does_take_the_score_under_the_line(solution: str) -> None:
    idea, of = _content(solution), _content(ORIGINAL)
    rescore = _rescored(idea, of)
    assert rescore(_said(spans(solution))) >= LINE
    told = _explained(idea, of, rescore=rescore)
    assert told.words_to_change is not None
    longest_first = sorted(told.idea_spans, key=lambda s: (s[0] - s[1], s[0]))
    gone: list[Span] = []
    while rescore(_said(_without(solution, gone))) >= LINE:
        gone.append(longest_first[len(gone)])
    assert told.words_to_change == len(spans(solution)) - len(_without(solution, gone))


def _without(text: str, gone: Sequence[Span]) -> list[Word]:
    return [
        (word, start, end)
        for word, start, end in spans(text)
        if not any(a <= start and end <= b for a, b in gone)
    ]


def test_words_are_taken_out_as_they_were_read_and_what_is_left_is_not_read_anew() -> None:
    asked: list[list[str]] = []

    def rescore(words: Sequence[str]) -> float:
        asked.append(list(words))
        return 1.0

    told = _explained(_content(HALF), _content(ORIGINAL), rescore=rescore)
    whole = _said(spans(HALF))
    assert told.words_to_change is None
    assert len(asked) == len(told.idea_spans)
    for fewer, more in pairwise(asked[::-1]):
        assert len(fewer) < len(more) < len(whole)
        assert _are_in_order(fewer, more)
        assert _are_in_order(more, whole)


def _are_in_order(some: Sequence[str], of: Sequence[str]) -> bool:
    rest = iter(of)
    return all(word in rest for word in some)


def test_where_no_word_stands_in_both_nothing_would_have_to_go() -> None:
    idea, of = _content("Quạt hút muội than chạy ngược"), _content(ORIGINAL)
    assert _explained(idea, of, rescore=_rescored(idea, of)).words_to_change is None


# Standard sentences.

FORMULA: Final = "Sáng kiến được hội đồng cơ sở xét, công nhận và cho áp dụng trong toàn đơn vị kể từ ngày ký quyết định."
BODY: Final = [sentence.strip(" .") + "." for sentence in ORIGINAL.split(". ")]
WRAPPED: Final = " ".join([BODY[0], FORMULA, *BODY[1:]])
"""The original with a standard sentence, its sentence 1, in the middle."""


def test_own_words_are_those_between_the_standard_sentences() -> None:
    runs = own_words(WRAPPED, LEXICON, (1,))
    assert [_said(run) for run in runs] == [_said(spans(BODY[0])), _said(spans(" ".join(BODY[1:])))]
    assert own_words(WRAPPED, LEXICON, ()) == [spans(WRAPPED)]
    assert own_words(WRAPPED, LEXICON, range(10)) == []


@pytest.mark.parametrize(
    "text", [WRAPPED, normalize("NFD", WRAPPED), WRAPPED.upper(), f"1. {WRAPPED}\n2) {FORMULA}"]
)
def test_own_words_are_what_was_compared(text: str) -> None:
    """The score leaves out the same words, whatever sentences are standard."""
    judge = Judge(LEXICON, MODEL, MatchingRules())
    for standard in [(), (0,), (1,), (0, 2), (1, 2), (0, 1, 2, 3, 4, 5)]:
        own = _said([*chain(*own_words(text, LEXICON, standard))])
        compared = judge.said("", text, "", standard).solution
        assert [LEXICON.word(number) for number in compared.tolist()] == own


def test_standard_sentences_are_in_no_stretch_though_both_texts_have_them() -> None:
    told = _explained(_content(WRAPPED), _content(WRAPPED), idea_standard=(1,), of_standard=(1,))
    assert _marked(WRAPPED, told.idea_spans) == [BODY[0][:-1], " ".join(BODY[1:])[:-1]]
    assert told.of_spans == told.idea_spans


def test_what_follows_a_standard_sentence_does_not_follow_what_stands_before_it() -> None:
    """One more word on each side of the sentence makes no stretch of three."""
    idea = f"Phễu gom. {FORMULA} Nước ngưng."
    told = _explained(_content(idea), _content("Phễu gom nước ngưng."), idea_standard=(1,))
    assert (told.idea_spans, told.of_spans) == ((), ())


def test_standard_sentences_bring_no_shared_terms() -> None:
    idea, of = _content(f"{HALF} {FORMULA}"), _content(f"{FORMULA} {ORIGINAL}")
    with_them = " ".join(term.term for term in _explained(idea, of).terms)
    assert "vị kể" in with_them
    told = _explained(idea, of, idea_standard=(4,), of_standard=(0,))
    assert told.terms == _explained(_content(HALF), _content(ORIGINAL)).terms


def test_standard_sentences_are_counted_neither_as_copied_nor_as_the_solution() -> None:
    many = len(spans(ORIGINAL))
    told = _explained(
        _content(WRAPPED),
        _content(f"{FORMULA} {ORIGINAL}"),
        idea_standard=(1,),
        of_standard=(0,),
        reasons=("template-removed",),
    )
    assert f"{many} trong {many} từ (100 %)" in told.vi
    assert f"{many} of {many} words (100 %)" in told.en
    assert told.vi.endswith(
        "; không tính các đoạn văn mẫu dùng chung, cả khi chấm điểm lẫn khi đếm từ ở đây."
    )
    assert told.en.endswith(
        "; standard paragraphs are left out, of the score and of the word counts given here alike."
    )


def test_standard_sentences_would_not_have_to_go() -> None:
    alone = _explained(
        _content(HALF),
        _content(ORIGINAL),
        rescore=_rescored(_content(HALF), _content(ORIGINAL)),
    )
    wrapped = _explained(
        _content(f"{FORMULA} {HALF}"),
        _content(f"{FORMULA} {ORIGINAL}"),
        rescore=_rescored(_content(HALF), _content(ORIGINAL)),
        idea_standard=(0,),
        of_standard=(0,),
    )
    assert alone.words_to_change is not None
    assert wrapped.words_to_change == alone.words_to_change


def test_of_texts_that_are_nothing_but_standard_sentences_nothing_is_said_to_be_copied() -> None:
    told = _explained(_content(FORMULA), _content(FORMULA), idea_standard=(0,), of_standard=(0,))
    assert (told.terms, told.idea_spans, told.of_spans) == ((), (), ())
    assert "0 of 0 words (0 %)" in told.en
