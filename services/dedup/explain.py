"""The explanation of a flag: shared terms with weights, matched spans in both texts as typed, and a sentence that says why.

Nothing of it is stored: it follows from the model named in the flag and the two texts, so an auditor can make it again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain, groupby, pairwise
from typing import Final, NamedTuple

import numpy as np

from services.dedup.lexicon import Lexicon
from services.dedup.model import Model, mix
from services.dedup.normalise import spans, strip_word
from services.dedup.spelling import Span as Word
from shared.calibration import percent
from shared.declaration import Content
from shared.events.matching import FlagRaised
from shared.messages import BANDS, TIERS
from shared.vocabulary import Parts, TextField

RUN: Final = 3
"""Words that must follow each other in both texts to be shown as copied."""
MOST_TERMS: Final = 12

IN_LAW: Final = (
    "nếu đúng thì là trùng theo luật",
    "if so, a duplicate in law",
)
NOT_IN_LAW: Final = (
    "không phải trùng theo luật, xét theo quy định của cấp trên",
    "no duplicate in law, but for the level above to judge",
)
REASONS: Final = {
    "same-authors": ("cùng tác giả", "the same authors"),
    "shared-author": ("có chung tác giả", "an author in common"),
    "crossed-dates": (
        "ngày nộp và ngày áp dụng ngược thứ tự nhau",
        "one was filed first, the other applied first",
    ),
    "priority-by-date-alone": (
        "thứ tự ưu tiên chỉ dựa vào ngày áp dụng tự khai",
        "the priority rests on a self-declared application date alone",
    ),
    "applied-before-window": (
        "có sáng kiến áp dụng trước thời gian của chương trình",
        "one was applied before the programme's window",
    ),
    "earlier-programme": ("đã kê khai ở chương trình trước", "declared in an earlier programme"),
    "short-text": (
        "văn bản quá ngắn nên chỉ xếp mức tương đồng",
        "the text is too short to be more than similar",
    ),
    "template-removed": (
        "không tính các đoạn văn mẫu dùng chung, cả khi chấm điểm lẫn khi đếm từ ở đây",
        "standard paragraphs are left out, of the score and of the word counts given here alike",
    ),
}


class Span(NamedTuple):
    """A stretch of a text as typed, from `start` to `end`, that stands in the other text as well."""

    start: int
    end: int


class Term(NamedTuple):
    """A word or pair of words that both texts hold, and its share of the whole shared weight, 0 to 1."""

    term: str
    weight: float


class Explanation(NamedTuple):
    """Why a flag was raised; spans and terms are empty where a text is confidential."""

    score: float
    band: str
    parts: Parts
    terms: tuple[Term, ...]
    idea_spans: tuple[Span, ...]
    of_spans: tuple[Span, ...]
    vi: str
    en: str
    line: float
    words_to_change: int | None


def explain(
    flag: FlagRaised,
    idea: Content,
    of: Content,
    *,
    model: Model,
    lexicon: Lexicon,
    line: float,
    rescore: Callable[[Sequence[str]], float] | None = None,
) -> Explanation:
    """Say why, from the flag, the two contents and the model it names; `line` is where flags begin.

    `rescore` gives the score of other words in place of the idea's solution; with it, the explanation says how many of the
    copied words, the longest stretches first, would have to go for the flag to drop under the line.
    """
    shown = not ({TextField.SOLUTION} & {*idea.confidential, *of.confidential})
    runs = own_words(idea.solution, lexicon, flag.idea_standard)
    its_runs = own_words(of.solution, lexicon, flag.of_standard)
    idea_spans, of_spans = matched(runs, its_runs)
    later, earlier = [*chain(*runs)], [*chain(*its_runs)]
    copied = sum(1 for _, start, end in later if _inside(start, end, idea_spans))
    total = len(later)
    share = copied / total if total else 0.0
    consequence = IN_LAW if flag.tier.in_law else NOT_IN_LAW
    extra = [consequence, *(REASONS[r] for r in flag.reasons if r in REASONS)]
    vi = (
        f"Mức {BANDS[flag.band].vi} ({percent(flag.score):.0f} %), {TIERS[flag.tier].vi}: {copied} trong {total} từ "
        f"({percent(share):.0f} %) của nội dung giải pháp cũng có, theo cùng thứ tự, trong bản kê khai trước"
        + "".join(f"; {v}" for v, _ in extra)
        + "."
    )
    en = (
        f"{BANDS[flag.band].en.capitalize()} ({percent(flag.score):.0f} %), within {TIERS[flag.tier].en}: {copied} of {total} "
        f"words ({percent(share):.0f} %) of the solution stand, in the same runs, in the earlier declaration"
        + "".join(f"; {e}" for _, e in extra)
        + "."
    )
    return Explanation(
        score=flag.score,
        band=flag.band.value,
        parts=flag.parts,
        terms=shared_terms(later, earlier, model, lexicon) if shown else (),
        idea_spans=idea_spans if shown else (),
        of_spans=of_spans if shown else (),
        vi=vi,
        en=en,
        line=line,
        words_to_change=_words_to_change(later, idea_spans, line, rescore),
    )


def own_words(text: str, lexicon: Lexicon, standard: Collection[int]) -> list[list[Word]]:
    """The words of a text in their places, in runs between its standard sentences, which are counted from 0."""
    ends = lexicon.read([text]).words & np.uint32(1)
    of_sentence = (np.cumsum(ends) - ends).tolist()
    placed = zip(spans(text), of_sentence, strict=True)
    runs = groupby(placed, key=lambda word: word[1] in standard)
    return [[word for word, _ in run] for is_standard, run in runs if not is_standard]


def matched(
    one: Sequence[Sequence[Word]], other: Sequence[Sequence[Word]]
) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The stretches of at least three words that both texts hold, in each text's own offsets as typed."""
    bare, its_bare = ([[*map(strip_word, _said(run))] for run in runs] for runs in (one, other))
    both = _grams(bare) & _grams(its_bare)
    return tuple(_stretches(one, bare, both)), tuple(_stretches(other, its_bare, both))


def _said(run: Sequence[Word]) -> list[str]:
    return [word for word, _, _ in run]


def _grams(runs: Sequence[Sequence[str]]) -> set[tuple[str, ...]]:
    return {tuple(run[n : n + RUN]) for run in runs for n in range(len(run) - RUN + 1)}


def _stretches(
    runs: Sequence[Sequence[Word]], bare: Sequence[Sequence[str]], grams: set[tuple[str, ...]]
) -> Iterator[Span]:
    for run, said in zip(runs, bare, strict=True):
        held = [False] * len(run)
        for n in range(len(run) - RUN + 1):
            if tuple(said[n : n + RUN]) in grams:
                held[n : n + RUN] = [True] * RUN
        for is_held, words in groupby(zip(held, run, strict=True), key=lambda word: word[0]):
            if is_held:
                places = [(start, end) for _, (_, start, end) in words]
                yield Span(places[0][0], places[-1][1])


def shared_terms(
    one: Sequence[Word], other: Sequence[Word], model: Model, lexicon: Lexicon
) -> tuple[Term, ...]:
    """The terms that weigh most in what the two texts share, with their share of it.

    Terms are shared when they are the same without diacritics; each is shown, and weighed, as the earlier text has it,
    or as the later one where the earlier was typed without.
    """
    typed = []
    for text in (one, other):
        words = _said(text)
        typed.append(dict(zip(_terms(map(strip_word, words)), _terms(words), strict=True)))
    both = sorted(typed[0].keys() & typed[1].keys())
    if not both:
        return ()
    forms = [typed[1][term] if typed[1][term] != term else typed[0][term] for term in both]
    weights = [_weight(form, model, lexicon) for form in forms]
    whole = sum(weights)
    ranked = sorted(zip(weights, forms, strict=True), key=lambda pair: (-pair[0], pair[1]))
    return tuple(
        Term(" ".join(form), round(weight / whole, 6)) for weight, form in ranked[:MOST_TERMS]
    )


def _terms(words: Iterable[str]) -> list[tuple[str, ...]]:
    """What a text is compared by: its words, and each pair of neighbours."""
    words = list(words)
    return [*((word,) for word in words), *pairwise(words)]


def _weight(term: tuple[str, ...], model: Model, lexicon: Lexicon) -> int:
    numbers = [lexicon.number(word) for word in term]
    one, other = (*lexicon.hashes[numbers], np.uint64(0))[:2]
    return int(model.weighed.full[mix(one, other)])


def _inside(start: int, end: int, stretches: Sequence[Span]) -> bool:
    return any(s.start <= start and end <= s.end for s in stretches)


def _words_to_change(
    words: Sequence[Word],
    stretches: Sequence[Span],
    line: float,
    rescore: Callable[[Sequence[str]], float] | None,
) -> int | None:
    if rescore is None or not stretches:
        return None
    longest = sorted(stretches, key=lambda s: (s.start - s.end, s.start))
    for gone in range(1, len(longest) + 1):
        rest = [word for word, start, end in words if not _inside(start, end, longest[:gone])]
        if rescore(rest) < line:
            return len(words) - len(rest)
    return None
