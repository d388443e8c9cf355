"""The empty import file: a sheet to fill in, with its columns, hints and checks, and a sheet that explains them."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import xlsxwriter

from services.intake.columns import OF_AUTHOR, OF_RECOGNITION, SCALARS
from shared.declaration import Author, Declaration, Recognition
from shared.directory import Programme
from shared.form import TEXT_LIMIT, TITLE_LIMIT
from shared.vocabulary import HOME, BenefitClass, IdeaField, RecognitionForm, TextField, WorkerKind

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

FORM: Final = "Bản kê khai"
GUIDE: Final = "Hướng dẫn"
AUTHORS: Final = 5
"""So many authors have columns to begin with; a person may add author_6_person and so on."""
LAST_ROW: Final = 1_048_575
MOST_MONEY: Final = 10**15 - 1
"""A workbook's number holds no more digits exactly; a larger amount is typed as text."""
ID_LIMIT: Final = 128
CODE_LIMIT: Final = 64
TEXT_FORMAT: Final = 0x31
WHOLE_FORMAT: Final = 0x01
"""The workbook's own formats `@` and `0`: what is typed into a text cell stays as it is typed."""
SHOWN_CHARACTERS: Final = 255
"""What the message of a check may come to in a workbook."""


class Hint(NamedTuple):
    """What a person needs to know of a column: Vietnamese name, meaning in both languages, example, and limits."""

    label: str
    vi: str
    en: str
    example: str
    longest: int = 0
    choices: tuple[str, ...] = ()
    width: int = 18


def _values(kind: type[StrEnum]) -> tuple[str, ...]:
    return tuple(str(choice) for choice in kind)


HINTS: Final[dict[str, Hint]] = {
    "external_id": Hint("Mã của bên gửi", "Mã riêng của bên gửi; gửi lại cùng mã và cùng nội dung không tạo bản thứ hai.", "The sender's own id; the same id with the same content again does no harm.", "LD-2022-00017", ID_LIMIT),
    "programme": Hint("Chương trình", "Mã chương trình.", "Programme code.", "1tr", CODE_LIMIT, (), 12),
    "unit": Hint("Công đoàn cơ sở", "Mã công đoàn cơ sở nơi sáng kiến ra đời và được áp dụng.", "Code of the grassroots union where the idea arose and is applied.", "p01-01-001", CODE_LIMIT),
    "title": Hint("Tên sáng kiến", "Tên sáng kiến.", "Title of the idea.", "Cải tiến đồ gá hàn khung xe", TITLE_LIMIT, (), 40),
    "field": Hint("Lĩnh vực", "Chọn trong danh mục: kỹ thuật, quản lý, tác nghiệp, ứng dụng công nghệ, nghiên cứu.", "Chosen from the list.", "technical", 0, _values(IdeaField)),
    "situation_before": Hint("Thực trạng trước khi áp dụng", "Trước khi có sáng kiến công việc được làm thế nào.", "How things were before.", "Phải chỉnh tay từng khung.", TEXT_LIMIT, (), 40),
    "solution": Hint("Nội dung giải pháp", "Cái mới là gì, làm thế nào.", "What is new, and how it is done.", "Đồ gá xoay giữ khung ở góc hàn.", TEXT_LIMIT, (), 60),
    "applicability": Hint("Khả năng áp dụng", "Đã hoặc có thể áp dụng ở đâu.", "Where it is or can be applied.", "Mọi tổ hàn của nhà máy.", TEXT_LIMIT, (), 30),
    "conditions": Hint("Điều kiện cần thiết", "Cần gì để áp dụng.", "What applying it takes.", "Một bộ đồ gá.", TEXT_LIMIT, (), 30),
    "benefit": Hint("Hiệu quả", "Hiệu quả, bằng lời.", "The benefit, in words.", "Giảm phế phẩm từ 4 % còn 1 %.", TEXT_LIMIT, (), 30),
    "benefit_vnd": Hint("Giá trị làm lợi (đồng)", "Số nguyên, đơn vị đồng, không có dấu chấm hay dấu phẩy.", "Whole number in VND, without separators.", "12000000"),
    "benefit_basis": Hint("Cách tính giá trị", "Giá trị làm lợi được tính thế nào.", "How the amount was worked out.", "So với quý trước.", TEXT_LIMIT, (), 30),
    "benefit_class": Hint("Loại giá trị", "Tự kê khai, được công nhận hoặc đã kiểm chứng; để trống là tự kê khai.", "Declared, recognised or verified; blank means declared.", "declared", 0, _values(BenefitClass), 14),
    "first_applied_on": Hint("Ngày áp dụng lần đầu", "Ngày áp dụng thử hoặc lần đầu, dạng năm-tháng-ngày.", "Day of the first trial or application, as year-month-day.", "2022-04-20"),
    "filed_at": Hint("Thời điểm nộp", "Thời điểm nộp đơn đề nghị công nhận (với hồ sơ giấy: ngày trên giấy), có múi giờ.", "When recognition was requested (the paper's date for late batches), with its offset.", "2022-05-04T08:00:00+07:00", 0, (), 28),
    "entered_by": Hint("Người nhập", "Người nhập thay tác giả, nếu có.", "Who typed it, when not the author.", "to-ho-tro-03", TITLE_LIMIT),
    "confidential": Hint("Trường bảo mật", f"Các trường được đối chiếu nhưng không hiển thị, cách nhau bằng dấu phẩy: {', '.join(_values(TextField))}.", "Fields that are matched but not shown, parted by commas.", "benefit, benefit_basis", 0, (), 24),
}  # fmt: skip
AUTHOR_HINTS: Final[dict[str, Hint]] = {
    "person": Hint("Mã tác giả", "Mã của tác giả ở bên gửi.", "The sender's id for the author.", "NV-0457", ID_LIMIT),
    "name": Hint("Họ tên tác giả", "Họ và tên.", "Full name.", "Nguyễn Thị Hòa", ID_LIMIT, (), 24),
    "share_percent": Hint("Tỷ lệ đóng góp (%)", "Từ 0 đến 100, dấu chấm trước phần lẻ; các tác giả cộng lại là 100.", "0 to 100, a point before decimals; the authors add to 100.", "60", 0, (), 14),
    "holds_post": Hint("Giữ chức vụ", "có nếu giữ chức vụ lãnh đạo; để trống là không.", "có (yes) for a holder of a leading post; blank means no.", "không", 0, ("có", "không"), 12),
    "worker_kind": Hint("Loại lao động", "Lao động trực tiếp, cán bộ chuyên môn hoặc cán bộ công đoàn; để trống là trực tiếp.", "Direct worker, officer or union cadre; blank means direct.", "direct", 0, _values(WorkerKind), 14),
}  # fmt: skip
RECOGNITION_HINTS: Final[dict[str, Hint]] = {
    "form": Hint("Hình thức công nhận", "Quyết định công nhận, quyết định khen thưởng hoặc khác; cả nhóm để trống nếu chưa được công nhận.", "Recognition decision, award decision or other; all four blank if not recognised.", "recognition decision", 0, _values(RecognitionForm), 22),
    "number": Hint("Số quyết định", "Số của quyết định.", "Number of the decision.", "125/QĐ-CĐ", TITLE_LIMIT),
    "date": Hint("Ngày quyết định", "Ngày của quyết định, dạng năm-tháng-ngày.", "Day of the decision, as year-month-day.", "2022-05-20"),
    "authority": Hint("Cơ quan công nhận", "Nơi ra quyết định.", "Who decided.", "Giám đốc Công ty", TITLE_LIMIT, (), 24),
}  # fmt: skip


class Entry(NamedTuple):
    """A column of the form as the template shows it."""

    name: str
    hint: Hint
    required: str


def entries() -> Iterator[Entry]:
    """Every column, in the order of the form."""
    for name in SCALARS:
        required = Declaration.model_fields[name].is_required()
        yield Entry(name, HINTS[name], "có / yes" if required else "")
    for number in range(1, AUTHORS + 1):
        for name in OF_AUTHOR:
            required = Author.model_fields[name].is_required()
            when = "có / yes" if number == 1 else "nếu có tác giả này / if there is one"
            yield Entry(f"author_{number}_{name}", AUTHOR_HINTS[name], when if required else "")
    for name in OF_RECOGNITION:
        required = Recognition.model_fields[name].is_required()
        when = "nếu đã công nhận / if recognised" if required else ""
        yield Entry(f"recognition_{name}", RECOGNITION_HINTS[name], when)


def write_template(path: Path, *, programme: Programme | None = None) -> None:
    """Write the empty file; with a programme, its code and windows stand in the hints."""
    file = BytesIO()
    with xlsxwriter.Workbook(file) as book:
        as_text = book.add_format({"num_format": TEXT_FORMAT, "valign": "top", "text_wrap": True})
        as_number = book.add_format({"num_format": WHOLE_FORMAT, "valign": "top"})
        as_share = book.add_format({"valign": "top"})
        bold = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        wrapped = book.add_format({"valign": "top", "text_wrap": True})
        form = book.add_worksheet(FORM)
        form.freeze_panes(1, 1)
        for place, entry in enumerate(entries()):
            style = as_text
            if entry.name == "benefit_vnd":
                style = as_number
            elif entry.name.endswith("share_percent"):
                style = as_share
            form.set_column(place, place, entry.hint.width, style)
            form.write_string(0, place, entry.name, bold)
            form.write_comment(0, place, _said(entry), {"x_scale": 2.5, "y_scale": 1.5})
            _check(form, place, entry, programme)
        _guide(book.add_worksheet(GUIDE), programme, bold, wrapped)
        form.activate()
    path.write_bytes(file.getvalue())


def _said(entry: Entry) -> str:
    required = f"\nBắt buộc / required: {entry.required}" if entry.required else ""
    hint = entry.hint
    return f"{hint.label}\n{hint.vi}\n{hint.en}\nVí dụ / example: {hint.example}{required}"


def _check(form: Worksheet, place: int, entry: Entry, programme: Programme | None) -> None:
    hint = entry.hint
    rule: dict[str, object] = {}
    if hint.choices:
        rule = {"validate": "list", "source": list(hint.choices)}
    elif entry.name == "programme" and programme is not None:
        rule = {"validate": "list", "source": [programme.code]}
    elif entry.name == "benefit_vnd":
        rule = {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": MOST_MONEY}
    elif entry.name.endswith("share_percent"):
        rule = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 100}
    elif hint.longest:
        rule = {"validate": "length", "criteria": "<=", "value": hint.longest}
    if rule:
        rule |= {
            "error_title": hint.label[:32],
            "error_message": f"{hint.vi} Ví dụ: {hint.example}"[:SHOWN_CHARACTERS],
        }
        form.data_validation(1, place, LAST_ROW, place, rule)


def _guide(guide: Worksheet, programme: Programme | None, bold: Format, wrapped: Format) -> None:
    """Every column explained, in Vietnamese and in English."""
    titles = ("Cột / column", "Tên", "Bắt buộc / required", "Giải thích", "Meaning", "Giới hạn / limits", "Ví dụ / example")  # fmt: skip
    for place, (title, width) in enumerate(zip(titles, (24, 26, 22, 60, 50, 36, 30), strict=True)):
        guide.set_column(place, place, width)
        guide.write_string(0, place, title, bold)
    guide.freeze_panes(1, 1)
    row = 0
    for row, (name, hint, required) in enumerate(entries(), 1):
        limits = (
            f"≤ {hint.longest:,}".replace(",", " ") if hint.longest else " | ".join(hint.choices)
        )
        said = (name, hint.label, required, hint.vi, hint.en, limits, hint.example)
        for place, words in enumerate(said):
            guide.write_string(row, place, words, wrapped)
    for number, (vi, en) in enumerate(_notes(programme), row + 2):
        guide.write_string(number, 3, vi, wrapped)
        guide.write_string(number, 4, en, wrapped)


def _notes(programme: Programme | None) -> Iterator[tuple[str, str]]:
    yield (
        "Mỗi dòng là một bản kê khai; ô trống là không có. Thêm tác giả bằng các cột author_6_person, author_6_name, … Không đổi tên cột.",
        "A row is a declaration; a blank cell means none. More authors: columns author_6_person, author_6_name, … Keep the names of the columns.",
    )
    if programme is not None:
        window = programme.terms.window
        filed = f"{window.from_.astimezone(HOME).isoformat()} – {window.to.astimezone(HOME).isoformat()}"
        applied = f"{programme.terms.applied_from} – {programme.terms.applied_to}"
        yield (
            f"Chương trình {programme.code} ({programme.name}): nộp trong {filed}; áp dụng lần đầu trong {applied} (không kể ngày cuối).",
            f"Programme {programme.code} ({programme.name}): filed within {filed}; first applied within {applied} (without the last day).",
        )
