"""Planting: a ledger's worth of declarations whose copies are known, because they were put there.

The same texts and the same seed give the same bytes, on every machine. What a copy is made of comes from `disguises`;
here is where it stands: later than what it copies, now and then in another unit, among texts that copy nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from pydantic import ValidationError

from services.dedup.disguises import DISGUISES, PARAGRAPHS, Hand, Text, standard_paragraphs
from services.dedup.normalise import sentences
from shared.errors import Invalid
from shared.ledger.follow import Progress
from shared.vocabulary import HOME

NEGATIVES: Final = ("fresh", "template-heavy", "same-title")
"""Texts that copy nothing, and look more and more as if they did."""

PROGRAMME: Final = "1tr"
_BEGIN: Final = datetime(2022, 1, 8, 7, tzinfo=HOME)
_END: Final = datetime(2023, 9, 1, tzinfo=HOME)
_FIRSTS, _UPPERS, _GRASSROOTS = 6, 4, 10
_FEWEST_WORDS: Final = 40
"""A shorter text is a title rather than a solution; copies of it would measure nothing."""
_OWN_WORDS: Final = 160
_LEAST_TEMPLATE, _MOST_TEMPLATE = 0.15, 0.65
_STAYS_IN_ITS_UNIT: Final = 0.6
_AUTHORS: Final = 100_000

Record = Mapping[str, object]


class Planted(NamedTuple):
    """What is imported, in the order of filing, and what is known about it."""

    declarations: Sequence[Record]
    labels: Sequence[Record]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many of each kind there are."""
        return Counter(str(label["kind"]) for label in self.labels)


class _Sown(NamedTuple):
    """A text in its place: `when` is 0 to 1, `origin` what it copies, `name` a word only planting knows it by."""

    when: float
    name: str
    text: Text
    unit: str
    kind: str = ""
    origin: str = ""


def plant(
    texts: Sequence[Text],
    *,
    seed: int,
    copies: int = 100,
    negatives: int = 500,
    originals: int | None = None,
    progress: Progress = lambda *_: None,
) -> Planted:
    """Declare the texts, so many copies of every kind, and so many of each kind of text that copies nothing."""
    order = list(texts)
    _lot(seed, "order").shuffle(order)
    spare = copies + negatives * len(NEGATIVES)
    donors, apart = order[:copies], order[copies:spare]
    standing = order[spare:][:originals]
    if len(standing) < max(1, copies):
        raise Invalid(
            f"{len(texts)} texts are too few: {spare} are set apart and {max(1, copies)} to copy from must be left. "
            "Give more texts, or ask for fewer with --copies and --negatives."
        )
    places = _units()
    grassroots = [str(unit["code"]) for unit in places if unit["level"] == "grassroots"]
    base = list(_base(standing, grassroots, seed))
    sown = [*base]
    most = len(base) + copies * len(DISGUISES) + negatives * len(NEGATIVES)
    copied = _copies(base, donors, order, grassroots, seed, copies)
    for one in chain(copied, _negatives(base, apart, grassroots, seed)):
        sown.append(one)
        progress(len(sown), most)
    return _in_order(sorted(sown))


def _lot(*parts: object) -> Random:
    """A lot of its own for each thing drawn, so that more of one kind changes nothing of another."""
    return Random(" ".join(map(str, parts)))  # noqa: S311 - drawn to be repeated, not to be secret


def _base(texts: Sequence[Text], grassroots: Sequence[str], seed: int) -> Iterator[_Sown]:
    chance = _lot(seed, "base")
    for number, text in enumerate(texts):
        yield _Sown(chance.random() * 0.8, f"base {number}", text, chance.choice(grassroots))


def _copies(
    base: Sequence[_Sown],
    donors: Sequence[Text],
    others: Sequence[Text],
    grassroots: Sequence[str],
    seed: int,
    count: int,
) -> Iterator[_Sown]:
    """Copies of each kind, in turn of one text after the other, so that few texts are copied twice."""
    turn = 0
    for kind, disguise in DISGUISES.items():
        made = tried = 0
        while made < count and tried < len(base):
            origin = base[turn % len(base)]
            turn, tried = turn + 1, tried + 1
            if len(origin.text.solution.split()) < _FEWEST_WORDS:
                continue
            chance = _lot(seed, kind, made)
            copy = disguise(origin.text, Hand(chance, donors[made], others))
            if not copy.fits or not _shows(kind, copy, origin.text):
                continue
            when = origin.when + (1 - origin.when) * chance.random()
            stays = chance.random() < _STAYS_IN_ITS_UNIT
            unit = origin.unit if stays else chance.choice(grassroots)
            yield _Sown(when, f"{kind} {made}", copy, unit, kind, origin.name)
            made += 1


def _shows(kind: str, copy: Text, origin: Text) -> bool:
    """Whether the disguise found anything to change."""
    if kind == "exact":
        return copy == origin
    if kind == "new-title":
        return copy.title != origin.title
    return copy.solution != origin.solution


def _negatives(
    base: Sequence[_Sown], apart: Sequence[Text], grassroots: Sequence[str], seed: int
) -> Iterator[_Sown]:
    each = len(apart) // len(NEGATIVES)
    for nth, kind in enumerate(NEGATIVES):
        for number, text in enumerate(apart[nth * each : (nth + 1) * each]):
            chance = _lot(seed, kind, number)
            when, shown = chance.random(), text
            if kind == "template-heavy":
                shown = _among_paragraphs(text, chance)
            elif kind == "same-title":
                namesake = chance.choice(base)
                when = namesake.when + (1 - namesake.when) * when
                shown = text.with_(title=namesake.text.title)
            yield _Sown(when, f"{kind} {number}", shown, chance.choice(grassroots), kind)


def _among_paragraphs(text: Text, chance: Random) -> Text:
    """A solution of its own of which standard paragraphs make up 15 to 65 percent of the words."""
    own = _beginning(text.solution)
    share = _LEAST_TEMPLATE + (_MOST_TEMPLATE - _LEAST_TEMPLATE) * chance.random()
    wanted = len(own.split()) * share / (1 - share)
    before: list[str] = []
    after: list[str] = []
    words = 0
    for paragraph in standard_paragraphs(len(PARAGRAPHS), chance):
        size = len(paragraph.split())
        if words + size / 2 > wanted and words:
            break
        chance.choice((before, after)).append(paragraph)
        words += size
    return text.with_(solution="\n".join([*before, own, *after]))


def _beginning(text: str) -> str:
    """Whole sentences from the start of a text, up to about the length of a short solution."""
    end = len(text)
    for _, stop in sentences(text):
        end = stop
        if len(text[:stop].split()) >= _OWN_WORDS:
            break
    return text[:end]


def _in_order(sown: Sequence[_Sown]) -> Planted:
    """Everything under a name that says nothing of what it is, one filing after the other."""
    names = {item.name: f"i{number:07d}" for number, item in enumerate(sown, 1)}
    step = (_END - _BEGIN) / (len(sown) + 1)
    declarations, labels = [], []
    for number, item in enumerate(sown, 1):
        name = names[item.name]
        declarations.append(_declaration(name, item, _BEGIN + step * number))
        if item.origin:
            labels.append({"later": name, "earlier": names[item.origin], "kind": item.kind})
        elif item.kind:
            labels.append({"later": name, "kind": item.kind})
    kinds = [*DISGUISES, *NEGATIVES]
    labels.sort(key=lambda label: kinds.index(label["kind"]))
    return Planted(declarations, labels)


def _declaration(name: str, item: _Sown, filed: datetime) -> Record:
    chance = _lot("author of", item.name)
    author = f"{chance.randrange(_AUTHORS):05d}"
    filed = filed.replace(microsecond=0)
    return {
        "external_id": name,
        "programme": PROGRAMME,
        "unit": item.unit,
        "title": item.text.title,
        "situation_before": item.text.situation_before,
        "solution": item.text.solution,
        "authors": [
            {"person": f"x{author}", "name": f"Tác giả {author}", "share_percent": 100},
        ],
        "filed_at": filed.isoformat(),
        "first_applied_on": (filed - timedelta(days=30)).date().isoformat(),
        "recognition": {
            "form": "recognition decision",
            "number": "01/QĐ",
            "date": filed.date().isoformat(),
            "authority": "Hội đồng sáng kiến cơ sở",
        },
    }


def read_texts(lines: Iterator[bytes] | Sequence[bytes]) -> list[Text]:
    """The texts of a JSON-lines file with title, solution and perhaps situation_before. Raises Invalid."""
    texts = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            texts.append(Text.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"])) or "line"
            raise Invalid(
                f"Line {number}: {field}: {first['msg']}. A text has title, solution and perhaps situation_before."
            ) from error
    return texts


def write(planted: Planted, folder: Path) -> None:
    """Leave in a folder what `init`, `import` and `evaluate` take."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, records in (
        ("units.jsonl", _units()),
        ("programme.json", [_programme()]),
        ("declarations.jsonl", planted.declarations),
        ("labels.jsonl", planted.labels),
    ):
        with folder.joinpath(name).open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def _units() -> list[Record]:
    """A small tree, large enough for a standard paragraph to be seen in many units."""
    rows: list[tuple[str, str, str, str | None]] = [("vn", "Tổng liên đoàn (thử)", "nation", None)]
    for first in (f"p{n:02d}" for n in range(1, _FIRSTS + 1)):
        rows.append((first, f"Liên đoàn {first}", "first", "vn"))
        for upper in (f"{first}-{n:02d}" for n in range(1, _UPPERS + 1)):
            rows.append((upper, f"Công đoàn cấp trên {upper}", "upper", first))
            rows += [
                (f"{upper}-{n:03d}", f"CĐCS số {n}, {upper}", "grassroots", upper)
                for n in range(1, _GRASSROOTS + 1)
            ]
    return [
        {
            "code": code,
            "name": name,
            "level": level,
            "parent": parent,
            "sector": "state",
            "members": 100,
            "members_and_workers": 120,
            "counted_on": "2021-12-31",
        }
        for code, name, level, parent in rows
    ]


def _programme() -> Record:
    begin, end = _BEGIN.isoformat(), _END.isoformat()
    return {
        "code": PROGRAMME,
        "name": "Chương trình thử đối chiếu",
        "from": begin,
        "to": end,
        "applied_from": "2021-09-01",
        "applied_to": "2023-09-01",
        "phases": [{"code": "1", "from": begin, "to": end}],
        "targets": [],
    }
