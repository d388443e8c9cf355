"""The public page: the public figures as plain HTML, Vietnamese with English beside, without a script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from services.projections.boards.leaderboard import LeaderboardRow
from services.projections.honesty.public import PublicFigures
from services.projections.presentation.words import word
from shared.figures import Figures, Rounding
from shared.messages import BANDS, Message
from shared.vocabulary import Band

STYLE: Final = (
    "body{font:1rem/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;max-width:60rem;margin:0 auto;padding:1rem}"
    "table{border-collapse:collapse;width:100%;margin:0 0 2rem}"
    "caption{text-align:left;font-weight:600;padding:.5rem 0}"
    "th,td{border-bottom:1px solid #999;padding:.3rem .5rem;text-align:left}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}"
    "[lang=en]{color:#444;font-size:.875em}"
)
POLICY: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    + "'"
)
"""The page loads nothing from anywhere and runs nothing; its own style is named by its hash."""
VI: Final = Figures(language="vi")
TOTALS: Final = Message("Tổng hợp", "Totals")
BY_GROSS: Final = Message("Mười đơn vị kê khai nhiều nhất", "The ten units that declared most")
BY_NET: Final = Message("Mười đơn vị nhiều sáng kiến hợp lệ nhất", "The ten with most valid ideas")
PHASES: Final = Message("Giai đoạn", "Phases")
TARGETS: Final = Message("Chỉ tiêu toàn quốc", "National targets")
RULINGS: Final = Message("Kết luận về các bản bị cảnh báo trùng", "Rulings on suspected copies")
RULES: Final = Message("Quy tắc đối chiếu đang áp dụng", "Matching rules in force")
PEOPLE_RULE: Final = Message("Máy chỉ cảnh báo; con người kết luận, có lý do bằng văn bản và được đề nghị xem lại.", "The machine only suspects; a person rules, with a written reason, and may be asked to look again.")  # fmt: skip


def page(figures: PublicFigures) -> str:
    """The whole page."""
    name = escape(figures.name)
    simulated = _both(Message("SỐ LIỆU MÔ PHỎNG", "simulated figures"))
    return (
        '<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name}: công khai số liệu</title><style>{STYLE}</style></head><body><main>"
        f"<h1>{name}</h1>{f'<p><strong>{simulated}</strong></p>' if figures.simulated else ''}"
        f"<p>{_both(Message('Tính đến', 'As of'))}: "
        f'<time datetime="{figures.at.isoformat()}">{VI.instant(figures.at)}</time>; '
        f"{_both(Message('số thứ tự trong sổ ghi', 'position in the ledger'))}: "
        f"{VI.number(figures.position)}.</p>"
        f"{_totals(figures)}{_board(BY_GROSS, figures.rows)}{_board(BY_NET, figures.net_rows)}"
        f"{_terms(figures)}{_rulings(figures)}{_rules(figures)}"
        '<p><a href="/public?format=json">JSON</a></p></main></body></html>'
    )


def _totals(figures: PublicFigures) -> str:
    rows: list[tuple[Message, str]] = [
        (Message("Đã kê khai", "Declared"), VI.number(figures.gross)),
        (Message("Hợp lệ", "Valid"), VI.number(figures.net)),
        (Message("Kết luận trùng", "Ruled copies"), VI.number(figures.duplicate)),
        (Message("Tỷ lệ trùng", "Duplicate rate"), VI.share(figures.duplicate_rate)),
        (Message("Lượt tác giả", "Authors"), VI.number(figures.people)),
        (Message("Giá trị làm lợi", "Benefit"), VI.money_in_words(figures.benefit)),
        (Message("Chưa đối chiếu", "Not yet matched"), VI.number(figures.not_yet_matched)),
    ]
    return _named(TOTALS, rows)


def _board(title: Message, rows: Sequence[LeaderboardRow]) -> str:
    return _table(
        title,
        (
            (Message("Hạng", "Rank"), True),
            (Message("Đơn vị", "Unit"), False),
            (Message("Đã kê khai", "Declared"), True),
            (Message("Hợp lệ", "Valid"), True),
            (Message("Tỷ lệ trùng", "Duplicate rate"), True),
        ),
        (
            (
                VI.number(row.rank),
                row.name,
                VI.number(row.gross),
                VI.number(row.net),
                VI.share(row.duplicate_rate),
            )
            for row in rows
        ),
    )


def _terms(figures: PublicFigures) -> str:
    begins, ends = Message("Từ", "From"), Message("Đến trước", "Until, exclusive")
    whole = "cả chương trình (whole programme)"
    phases = [(phase.code, phase.begins, phase.ends) for phase in figures.phases]
    return _table(
        PHASES,
        ((PHASES, False), (begins, False), (ends, False)),
        (
            (code, VI.instant(since), VI.instant(until))
            for code, since, until in [*phases, (whole, figures.begins, figures.ends)]
        ),
    ) + _table(
        TARGETS,
        (
            (PHASES, False),
            (Message("Loại", "Kind"), False),
            (Message("Chỉ tiêu", "Target"), True),
            (Message("Văn bản", "Document"), False),
        ),
        (
            (one.phase or whole, word(one.kind).vi, VI.number(one.target), one.document)
            for one in figures.targets
        ),
    )


def _rulings(figures: PublicFigures) -> str:
    out, stays = Message("không tính hợp lệ", "not valid"), Message("vẫn hợp lệ", "stays valid")
    rows = [
        (
            Message(
                f"{word(one.code).vi} ({(out if one.leaves_net else stays).vi})",
                f"{word(one.code).en} ({(out if one.leaves_net else stays).en})",
            ),
            VI.number(one.count),
        )
        for one in figures.rulings
    ]
    return _named(RULINGS, rows) + f"<p>{_both(PEOPLE_RULE)}</p>"


def _rules(figures: PublicFigures) -> str:
    rules = figures.matching
    if rules is None:
        return ""
    exact = Figures(rounding=Rounding.EXACT)
    rows = [
        (Message(f"Ngưỡng điểm: {band.vi}", f"Score threshold: {band.en}"), exact.number(value))
        for band, value in (
            (BANDS[Band.SIMILAR], rules.similar),
            (BANDS[Band.NEAR], rules.near),
            (BANDS[Band.EXACT], rules.exact),
        )
    ]
    rows += [
        (Message("Bản ngắn hơn số từ này chỉ là tương đồng", "Texts of fewer words are only similar"), VI.number(rules.short_words)),
        (Message("Câu có ở từng này đơn vị là câu mẫu", "A sentence in so many units is standard"), VI.number(rules.standard_units)),
        (Message("Nhiều nhất từng này cảnh báo một bản", "At most so many flags for a text"), VI.number(rules.most_flags)),
        (Message("Mô hình", "Model"), (rules.model or "–")[:16]),
        (Message("Áp dụng từ", "In force since"), VI.instant(rules.since)),
    ]  # fmt: skip
    return _named(RULES, rows)


def _named(title: Message, rows: Iterable[tuple[Message, str]]) -> str:
    """Values under their names, the names as headings of their rows."""
    lines = "".join(
        f'<tr><th scope="row">{_both(name)}</th><td class="n">{escape(value)}</td></tr>'
        for name, value in rows
    )
    return f"<table><caption>{_both(title)}</caption><tbody>{lines}</tbody></table>"


def _table(
    title: Message, columns: Sequence[tuple[Message, bool]], rows: Iterable[Sequence[str]]
) -> str:
    """A table under headings; of each column it is said whether it holds numbers, which stand on the right."""
    kinds = [' class="n"' if numbers else "" for _, numbers in columns]
    head = "".join(
        f'<th scope="col"{kind}>{_both(name)}</th>'
        for (name, _), kind in zip(columns, kinds, strict=True)
    )
    lines = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{escape(cell)}</td>" for cell, kind in zip(row, kinds, strict=True))
        + "</tr>"
        for row in rows
    )
    return (
        f"<table><caption>{_both(title)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{lines}</tbody></table>"
    )


def _both(words: Message) -> str:
    return f'{escape(words.vi)} <span lang="en">{escape(words.en)}</span>'
