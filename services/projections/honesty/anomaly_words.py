"""What is said of an anomaly: where to look, and never that somebody did wrong. Vietnamese first, English beside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from shared.figures import Figures
from shared.messages import Language, Message, spoken
from shared.vocabulary import Value


class Anomaly(StrEnum):
    """What is out of the ordinary."""

    BENEFIT_SHARE = "benefit-share"
    BURST = "burst"
    ROUND_BENEFIT = "round-benefit"
    BENEFIT_OUTLIER = "benefit-outlier"
    MANY_OF_ONE = "many-of-one"
    SAME_TEXT = "same-text"
    ENTERED_FOR_AUTHOR = "entered-for-author"


class Severity(StrEnum):
    """In which order to look; the first is looked at first."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Finding(Value):
    """A unit's number that is out of the ordinary: what was observed of how many, and what was expected.

    `ratio` is the larger of the two over the smaller, null where that is nothing; `z` or `probability` (if nothing were
    particular) is what the test came to. `drill` is the command that shows what is behind it.
    """

    unit: str
    name: str
    kind: Anomaly
    severity: Severity
    observed: float
    expected: float
    ratio: float | None
    of: int
    z: float | None
    probability: float | None
    since: datetime | None
    until: datetime | None
    idea: str | None
    vi: str
    en: str
    drill: str


NOTE: Final = Message("Mỗi dòng là một chỗ nên xem, không phải kết luận rằng ai đó làm sai. Nhiều trường hợp có lý do chính đáng: nhập dồn bản giấy, đợt thi đua, một sáng kiến rất lớn.", "Each row is a place to look at, not a finding that anybody did wrong. Many have a good reason: paper entered late, an emulation drive, one very large idea.")  # fmt: skip
RULES: Final[Mapping[Anomaly, Message]] = {
    Anomaly.BENEFIT_SHARE: Message("Giá trị làm lợi trung bình một sáng kiến (theo lôgarit) cách trung vị các đơn vị cùng cấp quá 3,5 độ lệch (modified z, Iglewicz và Hoaglin 1993); và hai tỷ trọng hơn kém nhau từ gấp đôi; đơn vị có từ 20 sáng kiến, cấp có từ 5 đơn vị như vậy.", "The mean benefit of an idea (its logarithm) lies more than 3.5 deviations from the median of the level's units (modified z, Iglewicz and Hoaglin 1993), and one share is at least twice the other; units of 20 ideas or more, levels of 5 such units or more."),
    Anomaly.BURST: Message("Số bản kê khai trong một ngày (giờ) so với mức chờ đợi: một nửa theo nhịp đều của đơn vị, một nửa theo diễn biến của các đơn vị khác; đuôi nhị thức âm với độ phân tán của chính đơn vị, tỷ lệ phát hiện nhầm 1 % (Benjamini và Hochberg 1995); từ 10 bản và gấp 3 lần trở lên.", "Declarations of a day (hour) against what is expected: half by the unit's even pace, half by the course of all others; negative binomial tail with the unit's own spread, false discovery rate 1 % (Benjamini and Hochberg 1995); 10 or more and three times as many."),
    Anomaly.ROUND_BENEFIT: Message("Tỷ trọng giá trị làm lợi là bội của 10, 5 hoặc 1 triệu so với các đơn vị khác cùng cấp; đuôi nhị thức, tỷ lệ phát hiện nhầm 1 %; gấp đôi và hơn ít nhất 10 điểm phần trăm; từ 20 giá trị.", "The share of benefits that are multiples of 10, 5 or 1 million against the other units of the level; binomial tail, false discovery rate 1 %; twice as much and at least 10 points more; 20 benefits or more."),
    Anomaly.BENEFIT_OUTLIER: Message("Một giá trị làm lợi (theo lôgarit) cao hơn trung vị của cấp quá 5 độ lệch (modified z), và các giá trị như vậy chiếm ít nhất 10 % của đơn vị.", "A benefit (its logarithm) lies more than 5 deviations above the level's median (modified z), and such benefits are at least 10 % of the unit's."),
    Anomaly.MANY_OF_ONE: Message("Số sáng kiến đứng tên một người trong một đơn vị, so với trung bình của mọi tác giả khác cùng cấp; đuôi nhị thức âm với độ phân tán của chính họ, tỷ lệ phát hiện nhầm 1 %; từ 10 sáng kiến và gấp 3 lần trở lên; cấp có từ 20 tác giả. Người là một bút danh niêm phong, không nêu tên.", "The ideas that one person stands behind in a unit, against the mean of all other authors of the level; negative binomial tail with their own spread, false discovery rate 1 %; 10 ideas or more and three times as many; levels of 20 authors or more. A person is a sealed pseudonym, and nobody is named."),
    Anomaly.SAME_TEXT: Message("Tỷ trọng bản kê khai bị máy cảnh báo trùng nguyên văn một bản có trước, so với các đơn vị khác cùng cấp; đuôi nhị thức, tỷ lệ phát hiện nhầm 1 %; gấp đôi và hơn ít nhất 10 điểm phần trăm; từ 20 sáng kiến.", "The share of declarations flagged as the very text of an earlier one, against the other units of the level; binomial tail, false discovery rate 1 %; twice as much and at least 10 points more; 20 ideas or more."),
    Anomaly.ENTERED_FOR_AUTHOR: Message("Tỷ trọng bản kê khai do người khác nhập thay tác giả, so với các đơn vị khác cùng cấp; đuôi nhị thức, tỷ lệ phát hiện nhầm 1 %; gấp đôi và hơn ít nhất 10 điểm phần trăm; từ 20 sáng kiến.", "The share of declarations entered by somebody else than the author, against the other units of the level; binomial tail, false discovery rate 1 %; twice as much and at least 10 points more; 20 ideas or more."),
}  # fmt: skip
SENTENCES: Final[Mapping[Anomaly, Message]] = {
    Anomaly.BENEFIT_SHARE: Message("{name} có {expected} số sáng kiến nhưng {observed} giá trị làm lợi của cấp: trung bình {each} một sáng kiến, trung vị các đơn vị là {middle}. Nên xem cách tính giá trị làm lợi.", "{name} has {expected} of the level's ideas but {observed} of its benefit: {each} an idea on average, where the median of the units is {middle}. See how the benefit was worked out."),
    Anomaly.BURST: Message("{name} có {observed} bản kê khai trong {window} bắt đầu lúc {since}, chờ đợi khoảng {expected}; {windows} lần như vậy. Nên xem ai nhập, nhập từ đâu.", "{name} has {observed} declarations in the {window} from {since}, where about {expected} are expected; {windows} such times. See who entered them, and from what."),
    Anomaly.ROUND_BENEFIT: Message("{name}: {observed} giá trị làm lợi là bội của {step}, các đơn vị khác {expected}. Nên xem giá trị được tính hay ước lượng.", "{name}: {observed} of the benefits are multiples of {step}, elsewhere {expected}. See whether they were worked out or estimated."),
    Anomaly.BENEFIT_OUTLIER: Message("{name}: {count} sáng kiến có giá trị làm lợi rất cao chiếm {observed} giá trị của đơn vị; cao nhất là {largest}. Nên xem căn cứ tính.", "{name}: {count} ideas with very high benefits are {observed} of the unit's; the highest is {largest}. See what they rest on."),
    Anomaly.MANY_OF_ONE: Message("{name}: một người đứng tên {observed} sáng kiến, tác giả khác trung bình {expected}; {authors} người như vậy. Người có thẩm quyền xem là ai bằng cách mở tên tác giả của sáng kiến {idea} (POST /ideas/…/authors/revelation, được ghi sổ). Nên hỏi người đó đã làm những gì.", "{name}: one person stands behind {observed} ideas, where another author has {expected} on average; {authors} such persons. Who may know sees who it is by revealing the authors of idea {idea} (POST /ideas/…/authors/revelation, which goes on record). Ask what that person did."),
    Anomaly.SAME_TEXT: Message("{name}: {observed} bản kê khai trùng nguyên văn một bản có trước, các đơn vị khác {expected}. Nên xem các hồ sơ thẩm định.", "{name}: {observed} of the declarations have the very text of an earlier one, elsewhere {expected}. See the cases."),
    Anomaly.ENTERED_FOR_AUTHOR: Message("{name}: {observed} bản kê khai do người khác nhập thay tác giả, các đơn vị khác {expected}. Nên hỏi vài tác giả.", "{name}: {observed} of the declarations were entered by somebody else than the author, elsewhere {expected}. Ask some authors."),
}  # fmt: skip


def sentence(kind: Anomaly, facts: Mapping[str, object], language: Language) -> str:
    """The sentence of a finding, its numbers written as people of that language write them."""
    figures = Figures(language=language)
    words = SENTENCES[kind]
    told = {}
    for name, fact in facts.items():
        if isinstance(fact, Message):
            told[name] = spoken(fact, language)
        elif callable(fact):
            told[name] = fact(figures)
        else:
            told[name] = str(fact)
    return spoken(words, language).format_map(told)
