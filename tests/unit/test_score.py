"""Which pairs of declarations look alike, and how much: real ways of writing, in literal Vietnamese."""

from __future__ import annotations

from typing import Final, NamedTuple
from unicodedata import normalize

import pytest

from services.dedup.lexicon import Lexicon
from services.dedup.model import Models
from services.dedup.normalise import normalise, strip
from services.dedup.score import Judge, Said, Scored
from shared.calibration import IDENTITY, Calibration
from shared.vocabulary import Band, MatchingRules, Thresholds, Tier

LEXICON: Final = Lexicon()
MODEL: Final = Models.shipped()
RULES: Final = MatchingRules()

TITLE = "Đồ gá xoay hàn khung xe nâng tay tại phân xưởng kết cấu"
BODY = (
    "Khung xe nâng tay trước đây được hàn trên nền xưởng, thợ phải cúi và lật khung nặng 38 kg bốn lần. "
    "Tổ hàn làm một giá xoay từ hai ổ bi 6210 cũ và ống thép phi 76, khung được kẹp bằng hai má êtô. "
    "Thợ đạp khóa chân để khung dừng ở tám góc, mối hàn nào cũng nằm ngang trước mặt. "
    "Dây mát nối qua vành đồng trượt nên xoay nhiều vòng mà dây không bị xoắn. "
    "Má kẹp có đệm gỗ nghiến để sơn lót không xước, đổi má là hàn được khung loại hai tấn."
)
SITUATION = "Hàn một khung mất 52 phút, mối hàn ngửa hay rỗ, thợ đau lưng sau mỗi ca."

SAME_TOPIC = (
    "Phân xưởng kết cấu lập bảng màu cho từng cỡ que hàn và treo cạnh tủ sấy, ai lấy que cũng gạt thẻ của mình. "
    "Tủ sấy được lắp thêm rơ le nhiệt, quá 150 độ thì tự ngắt và bật đèn đỏ ở bàn tổ trưởng. "
    "Mỗi sáng thợ cả cân thử mười que, que nào ẩm thì trả về kho khô ngay chứ không đem hàn khung xe nâng. "
    "Nhờ đó số mối hàn rỗ phải mài lại giảm hẳn, que thừa cuối ca được gom vào ống có nắp vặn."
)
OTHER_TOPIC = (
    "Khoa dược chia thuốc theo từng liều vào túi giấy có in giờ uống và ảnh viên thuốc, điều dưỡng phát tận giường. "
    "Người bệnh lớn tuổi nhìn ảnh là biết uống viên nào trước, không phải hỏi lại nhiều lần trong đêm."
)
ORDER = [0, 2, 4, 1, 3]


def _sentences(text: str) -> list[str]:
    return [sentence.strip(" .") + "." for sentence in text.split(". ")]


def _without_diacritics(text: str) -> str:
    return strip(normalise(text))


REORDERED = " ".join(_sentences(BODY)[n] for n in ORDER)
HALF = " ".join([*_sentences(BODY)[:3], *_sentences(OTHER_TOPIC)])
STANDARD = (
    "Sáng kiến được hội đồng cơ sở xét, công nhận và cho áp dụng trong toàn đơn vị kể từ ngày ký quyết định. "
    "Tác giả cam kết nội dung trên là đúng sự thật và chịu trách nhiệm trước pháp luật về bản kê khai này."
)


class Pair(NamedTuple):
    """A later declaration beside the earlier one, and the bands that may come of it."""

    said: str
    later: str
    expected: set[Band]
    earlier: str = BODY
    titles: tuple[str, str] = (TITLE, TITLE)


PAIRS = [
    Pair("the same word for word", BODY, {Band.EXACT}),
    Pair("all capitals", BODY.upper(), {Band.EXACT}),
    Pair("typed in decomposed letters", normalize("NFD", BODY), {Band.EXACT}),
    Pair(
        "tone marks placed otherwise, i for y, quantities run together",
        f"{BODY} Kỹ thuật hòa khí.".replace("khóa", "khoá").replace("38 kg", "38kg"),
        {Band.EXACT},
        f"{BODY} Kĩ thuật hoà khí.",
    ),
    Pair(
        "an invisible character in a word",
        BODY.replace("giá xoay", "giá\u200b xo\u200bay"),
        {Band.EXACT},
    ),
    Pair("curly quotes and dashes", f"“{BODY}” – ", {Band.EXACT}),
    Pair("without diacritics", _without_diacritics(BODY), {Band.EXACT, Band.NEAR}),
    Pair("sentences in another order", REORDERED, {Band.EXACT, Band.NEAR}),
    Pair(
        "numbers changed",
        BODY.replace("38 kg", "45 kg").replace("phi 76", "phi 90").replace("tám góc", "sáu góc"),
        {Band.EXACT, Band.NEAR},
    ),
    Pair(
        "one word mistyped",
        BODY.replace("rỗ", "rổ").replace("nghiến", "nghiên"),
        {Band.EXACT, Band.NEAR},
    ),
    Pair(
        "a word in ten another",
        BODY.replace("thợ", "công nhân").replace("Thợ", "Công nhân").replace("má", "hàm"),
        {Band.NEAR, Band.SIMILAR},
    ),
    Pair("half copied, half another text", HALF, {Band.SIMILAR, Band.NEAR}),
    Pair("the copy within a longer text", f"{OTHER_TOPIC} {BODY}", {Band.NEAR, Band.EXACT}),
    Pair(
        "a new title over the same body",
        BODY,
        {Band.EXACT, Band.NEAR},
        titles=("Bàn xoay cho tổ hàn số hai", TITLE),
    ),
    Pair("the same topic", SAME_TOPIC, {Band.CLEAR}, titles=("Quản lý que hàn", TITLE)),
    Pair("the same title over another body", SAME_TOPIC, {Band.CLEAR}),
    Pair("another topic", OTHER_TOPIC, {Band.CLEAR}),
]

SHORT = "Thay bu lông M8 của nắp chắn dầu bằng tai hồng để tháo bằng tay."
SHORT_PAIRS = [
    Pair("a short text, the same", SHORT, {Band.SIMILAR}, SHORT),
    Pair("a short text, capitals", SHORT.upper(), {Band.SIMILAR}, SHORT),
    Pair(
        "another short text",
        "Hàn thêm hai tai hồng vào nắp thùng rác để hai người cùng khiêng.",
        {Band.CLEAR},
        SHORT,
    ),
    Pair("too few words to compare", "Thay bu lông", {Band.CLEAR}, "Thay bu lông"),
    Pair("nothing but marks", "!!! … ???", {Band.CLEAR}, "!!! … ???"),
]


def _read(
    solution: str,
    title: str = TITLE,
    situation: str = SITUATION,
    *,
    standard: tuple[int, ...] = (),
) -> Said:
    """A declaration whose sentences of those numbers are standard paragraphs."""
    return Judge(LEXICON, MODEL, RULES).said(title, solution, situation, standard)


def _scored(
    later: Said,
    earlier: Said,
    *,
    changed: bool = False,
    rules: MatchingRules = RULES,
    tier: Tier = Tier.UNIT,
) -> Scored:
    return Judge(LEXICON, MODEL, rules).compare(later, earlier, tier, changed=changed)


@pytest.mark.parametrize("pair", [*PAIRS, *SHORT_PAIRS], ids=lambda pair: pair.said)
def test_a_pair_falls_into_its_band(pair: Pair) -> None:
    one, other = _read(pair.later, pair.titles[0]), _read(pair.earlier, pair.titles[1])
    assert _scored(one, other).band in pair.expected


@pytest.mark.parametrize("pair", [*PAIRS, *SHORT_PAIRS], ids=lambda pair: pair.said)
def test_a_pair_scores_the_same_from_either_side(pair: Pair) -> None:
    one, other = _read(pair.later, pair.titles[0]), _read(pair.earlier, pair.titles[1])
    assert _scored(one, other) == _scored(other, one)


@pytest.mark.parametrize("pair", [*PAIRS, *SHORT_PAIRS], ids=lambda pair: pair.said)
def test_a_score_and_its_parts_lie_between_nothing_and_all(pair: Pair) -> None:
    scored = _scored(_read(pair.later, pair.titles[0]), _read(pair.earlier, pair.titles[1]))
    values = [scored.score, *scored.parts.model_dump().values()]
    assert all(0 <= value <= 1 and value == round(value, 6) for value in values)


def test_the_bands_begin_where_the_rules_say() -> None:
    found = _scored(_read(HALF), _read(BODY)).score
    for line in ("similar", "near", "exact"):
        lines = {"similar": 0.0, "near": 1.0, "exact": 1.0, line: found}
        if line == "exact":
            lines["near"] = 0.0
        at = MatchingRules(thresholds=Thresholds(**lines))
        assert _scored(_read(HALF), _read(BODY), rules=at).band is Band(line)
    elsewhere = MatchingRules(
        by_tier={Tier.ELSEWHERE: Thresholds(similar=found, near=found, exact=1.0)}
    )
    banded = [_scored(_read(HALF), _read(BODY), rules=elsewhere, tier=tier).band for tier in Tier]
    here = _scored(_read(HALF), _read(BODY)).band
    assert banded == [Band.NEAR if tier is Tier.ELSEWHERE else here for tier in Tier]
    above = MatchingRules(thresholds=Thresholds(similar=found + 1e-6, near=1.0, exact=1.0))
    assert _scored(_read(HALF), _read(BODY), rules=above).band is Band.CLEAR


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.said)
def test_a_calibration_changes_what_a_score_says_and_no_part_of_it(pair: Pair) -> None:
    one, other = _read(pair.later, pair.titles[0]), _read(pair.earlier, pair.titles[1])
    likeness = _scored(one, other, rules=MatchingRules(calibration=IDENTITY))
    for calibration in (Calibration(), Calibration(a=0.5, b=3.0, c=-1.0)):
        told = _scored(one, other, rules=MatchingRules(calibration=calibration))
        assert told.score == calibration.share(likeness.score)
        assert told.parts == likeness.parts


def test_a_short_text_says_why_it_is_only_similar() -> None:
    scored = _scored(_read(SHORT), _read(SHORT))
    assert (scored.score, scored.reasons) == (1.0, ("short-text",))


def test_texts_that_share_only_standard_paragraphs_are_clear() -> None:
    one = _read(f"{BODY} {STANDARD}", standard=(5, 6))
    other = _read(f"{OTHER_TOPIC} {STANDARD}", standard=(2, 3))
    told = _scored(one, other, changed=True)
    assert (told.band, told.reasons) == (Band.CLEAR, ("template-removed",))


def test_texts_that_are_nothing_but_standard_paragraphs_are_clear() -> None:
    nothing = _read(STANDARD, standard=(0, 1))
    told = _scored(nothing, nothing, changed=True)
    assert told.band is Band.CLEAR
    assert told.reasons == ("template-removed", "template-only")
    assert _scored(_read(STANDARD), _read(STANDARD)).band is Band.EXACT


def test_a_copy_wrapped_in_standard_paragraphs_is_still_a_copy() -> None:
    told = _scored(_read(f"{STANDARD} {BODY}", standard=(0, 1)), _read(BODY), changed=True)
    assert (told.band, told.score, told.reasons) == (Band.EXACT, 1.0, ("template-removed",))


@pytest.mark.parametrize("first", range(3))
def test_standard_paragraphs_weigh_nothing_wherever_they_stand(first: int) -> None:
    sentences = [*_sentences(BODY)[:first], *_sentences(STANDARD), *_sentences(BODY)[first:]]
    wrapped = _read(" ".join(sentences), standard=(first, first + 1))
    assert _scored(wrapped, _read(HALF)) == _scored(_read(BODY), _read(HALF))


def test_stop_phrases_weigh_nothing_in_their_own_field() -> None:
    formula = "nhằm nâng cao năng suất lao động và chất lượng sản phẩm của đơn vị"
    one, other = _read(f"{BODY} {formula}"), _read(BODY)
    rules = MatchingRules(stop_phrases={"solution": (formula.upper(),)})
    assert _scored(one, other).parts.solution_cosine < 1.0
    assert _scored(one, other, rules=rules).parts == _scored(other, other).parts


def test_stop_phrases_are_taken_out_of_titles_and_situations_too() -> None:
    opening = "Một số biện pháp nâng cao chất lượng"
    rules = MatchingRules(
        stop_phrases={"title": (opening,), "situation_before": ("Trong những năm qua",)}
    )
    one = _read(BODY, f"{opening} hàn khung", "Trong những năm qua khung hay rỗ")
    other = _read(OTHER_TOPIC, f"{opening} phát thuốc", "Trong những năm qua thuốc hay nhầm")
    told, before = _scored(one, other, rules=rules).parts, _scored(one, other).parts
    assert before.title_cosine > 0.3
    assert told.title_cosine == 0.0
    assert told.situation_cosine < before.situation_cosine


@pytest.mark.parametrize("phrase", ["", " ", "…", "!!!", "\u200b"])
def test_a_stop_phrase_without_a_word_takes_nothing_away(phrase: str) -> None:
    rules = MatchingRules(stop_phrases={"solution": (phrase,), "title": (phrase,)})
    assert _scored(_read(BODY), _read(BODY), rules=rules) == _scored(_read(BODY), _read(BODY))


def test_texts_without_a_common_word_score_nothing() -> None:
    assert _scored(_read("một hai ba bốn", "a", ""), _read("năm sáu bảy tám", "b", "")).score == 0.0


@pytest.mark.parametrize("huge", ["hàn " * 4900, "a" * 20_000, "x1 " * 6000, ". " * 10_000])
def test_the_longest_texts_are_scored_like_others(huge: str) -> None:
    assert len(huge) <= 20_000
    assert _scored(_read(huge), _read(BODY)).band is Band.CLEAR
    assert 0 <= _scored(_read(huge), _read(huge)).score <= 1
