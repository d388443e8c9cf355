"""Whether a text that was flagged as a copy says something of its own: then it vouches for the frame that it shares."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest

from services.dedup.lexicon import Lexicon
from services.dedup.standard import StandardSentences
from services.dedup.texts import Texts
from services.dedup.vouching import stands_by_itself

LEXICON: Final = Lexicon()
FRAME: Final = (
    "Căn cứ kế hoạch thi đua của công đoàn cơ sở và nhiệm vụ được phân công trong năm",
    "Tổ công đoàn đã họp lấy ý kiến của từng đoàn viên trước khi viết bản này",
    "Kết quả được niêm yết ở bảng tin trước cổng xưởng trong mười ngày liền",
)
OWN: Final = "Thợ nguội chế bộ vam ba chấu từ thép nhíp xe cũ để tháo bạc đạn trục quạt"
OTHER: Final = "Nhà bếp đổi giờ ngâm đậu sang đêm nên tiết kiệm hẳn một lượt đun sôi"
OWN_EDITED: Final = "Thợ nguội chế bộ vam hai chấu từ thép nhíp xe mới để tháo bạc đạn trục bơm"


def _stands(text: tuple[str, ...], other: tuple[str, ...], *standard: str) -> bool:
    learned = StandardSentences(2)
    read = [LEXICON.read([". ".join(sentences) + "."]).words for sentences in (text, other)]
    for row, unit in enumerate((1, 2)):
        known = LEXICON.read([". ".join(standard) + "." if standard else ""]).words
        texts = Texts(known, np.array([0, len(known)]))
        units = np.array([unit], dtype=np.uint32)
        learned.learn(texts, LEXICON.spelled, units, last=row)
    return stands_by_itself(read[0], read[1], LEXICON.spelled, learned.known, 9)


def test_who_says_something_else_within_one_frame_stands_by_itself() -> None:
    assert _stands((*FRAME, OWN), (*FRAME, OTHER))


@pytest.mark.parametrize("copy", [(*FRAME, OWN), (OWN, *FRAME), FRAME, (*FRAME, OWN_EDITED)])
def test_who_repeats_it_all_does_not(copy: tuple[str, ...]) -> None:
    assert not _stands(copy, (*FRAME, OWN))


def test_what_is_standard_already_is_nothing_of_its_own() -> None:
    header = "Cộng đoàn cơ sở nhà máy kính trình bày sáng kiến của tập thể tổ cơ điện"
    assert _stands((*FRAME, header), FRAME)
    assert not _stands((*FRAME, header), FRAME, header)


def test_a_few_words_are_nothing_of_its_own() -> None:
    assert not _stands((*FRAME, "Đã áp dụng ở hai ca"), FRAME)
