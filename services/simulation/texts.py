"""The texts of simulated declarations: short, varied Vietnamese put together from sentences with slots, the same for the same draws.

A text is kept as the numbers that were drawn for it, so that a copy of it, word for word or told a little otherwise, can
be written later without the text itself.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final, NamedTuple

TOPICS: Final = (
    ("khâu chuẩn bị vật tư", "phân xưởng", "thời gian chờ vật tư"),
    ("chuyền may công đoạn tra tay", "xưởng may", "tỷ lệ hàng phải sửa"),
    ("đồ gá hàn khung", "tổ cơ khí", "sai lệch kích thước"),
    ("hệ thống khí nén", "phân xưởng phụ trợ", "lượng khí rò rỉ"),
    ("lịch bảo dưỡng máy bơm", "trạm bơm", "số lần dừng máy"),
    ("quy trình tiếp nhận người bệnh", "khoa khám bệnh", "thời gian người bệnh phải chờ"),
    ("hồ sơ bệnh án ngoại trú", "phòng kế hoạch tổng hợp", "số hồ sơ phải bổ sung"),
    ("giờ thực hành môn hóa học", "tổ khoa học tự nhiên", "lượng hóa chất tiêu hao"),
    ("hoạt động đọc sách của học sinh", "thư viện nhà trường", "số giờ thư viện để trống"),
    ("trò chơi vận động cho trẻ mẫu giáo", "khối mẫu giáo lớn", "số buổi trẻ kém hứng thú"),
    ("việc giải quyết thủ tục đất đai", "bộ phận một cửa", "số hồ sơ trả chậm"),
    ("công tác văn thư lưu trữ", "văn phòng cơ quan", "thời gian tra tìm văn bản"),
    ("băng tải than", "phân xưởng vận tải", "lượng than rơi vãi"),
    ("hệ thống thông gió lò chợ", "phân xưởng khai thác", "nhiệt độ tại gương lò"),
    ("việc xếp dỡ công-ten-nơ", "đội cơ giới cảng", "thời gian tàu nằm cầu"),
    ("đường dây trung thế", "đội quản lý điện", "số lần mất điện"),
    ("chiếu sáng nhà xưởng", "tổ cơ điện", "điện năng tiêu thụ"),
    ("máy ép nhựa", "phân xưởng ép", "tỷ lệ phế phẩm"),
    ("dây chuyền đóng gói", "xưởng thành phẩm", "số gói lỗi"),
    ("việc chăm sóc vườn cà phê", "đội sản xuất", "chi phí tưới nước"),
    ("khâu cạo mủ cao su", "nông trường", "lượng mủ thất thoát"),
    ("tuyến thu gom rác", "đội môi trường", "quãng đường xe chạy rỗng"),
    ("bếp ăn ca", "tổ nhà bếp", "lượng thức ăn bỏ phí"),
    ("việc giao ca", "tổ vận hành", "số sự cố do thiếu thông tin"),
    ("kho phụ tùng", "phòng vật tư", "giá trị hàng tồn"),
    ("việc kiểm tra thiết bị nâng", "ban an toàn", "số lỗi phát hiện muộn"),
    ("sổ theo dõi đoàn viên", "văn phòng công đoàn", "thời gian tổng hợp báo cáo"),
    ("việc đo chỉ số công tơ", "đội kinh doanh", "số chỉ số ghi sai"),
    ("việc vận hành xe buýt", "đội xe", "lượng nhiên liệu tiêu hao"),
    ("khuôn đúc bê tông", "đội thi công", "thời gian tháo lắp"),
)
VERBS: Final = (
    "Cải tiến",
    "Hợp lý hóa",
    "Tổ chức lại",
    "Đổi mới",
    "Số hóa",
    "Giải pháp nâng cao hiệu quả",
    "Một số biện pháp cải tiến",
    "Tự chế tạo dụng cụ hỗ trợ",
    "Ứng dụng phần mềm bảng tính vào",
    "Chuẩn hóa",
)
AIMS: Final = (
    "nhằm giảm {loss}",
    "góp phần hạ thấp {loss}",
    "để hạn chế {loss}",
    "giúp giảm một nửa {loss}",
    "giảm {loss} trong giờ cao điểm",
    "và theo dõi {loss} hằng ngày",
)
PLACES: Final = ("tại {place}", "ở {place} số {n}", "của {place}", "áp dụng cho {place} {n}")
BEFORE: Final = (
    "Trước đây {loss} ở mức {n} phần trăm, cao hơn định mức được giao.",
    "Mỗi tuần {place} mất khoảng {n} giờ công vì {loss} quá lớn.",
    "Cách làm cũ dựa vào sổ tay nên {loss} không được ghi lại đầy đủ.",
    "Người lao động phải làm thủ công, {n} bước, dễ nhầm lẫn và nặng nhọc.",
    "Thiết bị dùng đã {n} năm, phụ tùng thay thế khó tìm và đắt.",
    "Qua {n} tháng theo dõi, nguyên nhân chính được xác định là bố trí chưa hợp lý.",
    "Các bộ phận trao đổi bằng giấy, chậm trung bình {n} giờ.",
    "Chưa có quy định rõ ai kiểm tra, khi nào kiểm tra và ghi vào đâu.",
    "Mặt bằng chật, lối đi chung với khu để hàng nên mất an toàn.",
    "Kết quả phụ thuộc nhiều vào tay nghề của từng người.",
)
ACTIONS: Final = (
    "Nhóm tác giả vẽ lại sơ đồ {topic} và bỏ {n} bước trùng lặp.",
    "Tổ lắp thêm cảm biến báo mức, nối với đèn hiệu đặt ở đầu {place}.",
    "Chúng tôi chế tạo bộ gá xoay {n} độ từ vật liệu tận dụng trong kho.",
    "Tác giả lập bảng theo dõi chung, mỗi ca nhập {n} số liệu ngay tại chỗ.",
    "Mỗi vị trí được dán mã màu, ai cũng nhận ra hàng sai trong vài giây.",
    "Nhóm chia {topic} thành {n} cụm nhỏ và giao cho từng người phụ trách.",
    "Phiếu kiểm tra gồm {n} mục thay cho việc nhớ bằng kinh nghiệm.",
    "Chúng tôi thay van tay bằng van điện từ điều khiển theo thời gian.",
    "Tác giả viết công thức tự cảnh báo khi số liệu vượt ngưỡng {n}.",
    "Vị trí máy được xoay lại để quãng đường di chuyển ngắn đi {n} mét.",
    "Nhóm soạn tài liệu bằng hình ảnh, mỗi trang một thao tác.",
    "Tổ tận dụng ống thép cũ hàn giá đỡ {n} tầng có bánh xe.",
    "Các cuộc họp đầu ca rút còn {n} phút, chỉ nêu việc khác thường.",
    "Chúng tôi gom các việc giống nhau vào một buổi để khỏi đổi dụng cụ.",
    "Tác giả dùng điện thoại chụp trước và sau khi làm để đối chiếu.",
    "Người mới được kèm cặp {n} buổi theo bài tập từ dễ đến khó.",
)
METHODS: Final = (
    "Việc thử nghiệm kéo dài {n} tuần, sau đó điều chỉnh theo góp ý của người làm.",
    "Số liệu được đo {n} lần ở cùng một điều kiện rồi lấy trung bình.",
    "Vật tư chủ yếu mua trong tỉnh, lắp đặt xong trong {n} ngày.",
    "Ban đầu chỉ làm ở một tổ, đạt yêu cầu mới mở rộng ra {n} tổ khác.",
    "Cán bộ an toàn kiểm tra và xác nhận trước khi dùng chính thức.",
    "Mọi người trong {place} cùng góp ý nên dễ chấp nhận cách làm mới.",
    "Bản vẽ và hướng dẫn được lưu để đơn vị khác làm theo.",
    "Kinh phí lấy từ quỹ khuyến khích, tổng cộng {n} triệu đồng.",
    "Không cần tuyển thêm người, chỉ bố trí lại {n} vị trí.",
    "Phần mềm dùng loại có sẵn, không phát sinh phí bản quyền.",
)
RESULTS: Final = (
    "Sau {n} tháng, {loss} giảm rõ rệt và giữ ổn định.",
    "Hiện {loss} chỉ còn bằng một phần {n} so với trước.",
    "Năng suất của {place} tăng {n} phần trăm mà không phải tăng ca.",
    "Mỗi tháng tiết kiệm được {n} triệu đồng chi phí.",
    "Người lao động đỡ vất vả, không còn phải làm thêm {n} giờ mỗi tuần.",
    "Sai sót giảm, việc bàn giao giữa các ca nhanh hơn {n} phút.",
    "Đơn vị đã đưa cách làm này vào quy trình từ quý sau.",
    "Cách làm đơn giản, nơi khác có thể áp dụng trong {n} ngày.",
)
BASES: Final = (
    "Số giờ công giảm nhân với đơn giá tiền lương bình quân.",
    "Chênh lệch vật tư tiêu hao trước và sau khi áp dụng, theo sổ kho.",
    "Số sản phẩm hỏng giảm nhân với giá thành.",
    "Chi phí sửa chữa cùng kỳ năm trước trừ chi phí năm nay.",
)
NUMBERS: Final = 47
"""A number in a text is from 3 up to below this."""

PARTS: Final = (BEFORE, ACTIONS, METHODS, RESULTS)
SENTENCES: Final = tuple(len(part) for part in PARTS)
SOLUTION: Final = 1
"""From this part on a text is the solution; what comes before tells the situation."""


class Plot(NamedTuple):
    """What was drawn for a text: topic, verb, aim, place, number of the place; then sentence and number of each part."""

    topic: int
    verb: int
    aim: int
    place: int
    number: int
    sentences: tuple[int, ...]
    numbers: tuple[int, ...]

    def likeness(self, other: Plot) -> float:
        """Which share of the solution's sentences the two have in common, 0 to 1; with another number it is another."""
        if self.topic != other.topic:
            return 0.0
        mine = list(zip(self.sentences, self.numbers, strict=True))[SOLUTION:]
        theirs = list(zip(other.sentences, other.numbers, strict=True))[SOLUTION:]
        return sum(one == two for one, two in zip(mine, theirs, strict=True)) / len(mine)


class Told(NamedTuple):
    """A text written out."""

    title: str
    situation: str
    solution: str


def drawn(chance: random.Random) -> Plot:
    """A new text."""
    draw = chance.random
    return Plot(
        int(draw() * len(TOPICS)),
        int(draw() * len(VERBS)),
        int(draw() * len(AIMS)),
        int(draw() * len(PLACES)),
        3 + int(draw() * (NUMBERS - 3)),
        tuple([int(draw() * many) for many in SENTENCES]),
        tuple([3 + int(draw() * (NUMBERS - 3)) for _ in SENTENCES]),
    )


def retold(plot: Plot, changes: int, chance: random.Random) -> Plot:
    """The same text with another title, and with so many of the solution's sentences put otherwise."""
    if not changes:
        return plot
    sentences, numbers = list(plot.sentences), list(plot.numbers)
    draw = chance.random
    open_to_change = [*range(SOLUTION, len(PARTS))]
    for _ in range(changes):
        at = open_to_change.pop(int(draw() * len(open_to_change)))
        others = len(PARTS[at]) - 1
        sentences[at] = (sentences[at] + 1 + int(draw() * others)) % (others + 1)
        numbers[at] = 3 + int(draw() * (NUMBERS - 3))
    topic, _, aim, place, number, _, _ = plot
    verb = int(draw() * len(VERBS))
    return Plot(topic, verb, aim, place, number, tuple(sentences), tuple(numbers))


def written(plot: Plot) -> Told:
    """The text in words: about seventy-five in all."""
    topic, verb, aim, place, number, sentences, numbers = plot
    parts, places, aims = _ABOUT[topic]
    said = [
        _filled(part[sentence], n)
        for part, sentence, n in zip(parts, sentences, numbers, strict=True)
    ]
    return Told(
        f"{VERBS[verb]} {TOPICS[topic][0]} {_filled(places[place], number)} {aims[aim][0]}",
        " ".join(said[:SOLUTION]),
        " ".join(said[SOLUTION:]),
    )


Sentence = tuple[str, ...]
"""A sentence as it stands, or what comes before its number and what comes after."""


def _filled(sentence: Sentence, number: int) -> str:
    return sentence[0] if len(sentence) == 1 else f"{sentence[0]}{number}{sentence[1]}"


def _about(
    topic: str, place: str, loss: str
) -> tuple[tuple[tuple[Sentence, ...], ...], tuple[Sentence, ...], tuple[Sentence, ...]]:
    """Parts, places and aims with what they are about in them."""

    def told(sentences: Sequence[str]) -> tuple[Sentence, ...]:
        return tuple(
            tuple(s.format(topic=topic, place=place, loss=loss, n="\0").split("\0"))
            for s in sentences
        )

    return tuple(map(told, PARTS)), told(PLACES), told(AIMS)


_ABOUT: Final = tuple(_about(*topic) for topic in TOPICS)


def basis(chance: random.Random) -> str:
    """How a benefit was worked out."""
    return _one(BASES, chance)


def _one(choices: Sequence[str], chance: random.Random) -> str:
    return choices[int(chance.random() * len(choices))]
