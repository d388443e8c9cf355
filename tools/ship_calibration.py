"""Make the labelled set that is shipped and fit the calibration on it: how alike two texts were and whether they are the same.

python -m tools.ship_calibration FOLDER [--write]

Of the documents (`viet_news_docs.jsonl.gz`) those are used that the model was fitted on too; what is measured on the others is
printed beside it. Only with --write does the set take the place of the one that is shipped. It holds no
words: a line is a kind, whether the pair is the same, and the likeness.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from typer.testing import CliRunner

from services.cli.app import app
from services.dedup.calibration import FRAME, SHIPPED, Answer, evenly, fitted, write
from services.dedup.disguises import Hand, Text, edited
from services.dedup.labels import Label
from services.dedup.normalise import sentences
from services.dedup.planting import Record, plant
from services.dedup.planting import write as write_planted
from services.dedup.reliability import Reliability, reliability
from services.dedup.truth import Said, Suspected, Truth
from services.wiring import System
from shared.calibration import IDENTITY, Calibration
from shared.events.idea import IdeaDeclared
from shared.events.matching import FlagRaised
from shared.settings import Settings
from shared.vocabulary import MatchingRules, Thresholds
from tools.ship_model import is_held_back

FIT_SEED: Final = 301
HELD_SEED: Final = 302
COPIES: Final = 100
NEGATIVES: Final = 500
ORIGINALS: Final = 5000
PAIRS: Final = 400
"""So many pairs of each kind that planting does not know."""
FEWEST_WORDS: Final = 60
OWN_WORDS: Final = 160

EDITED: Final = "edited"
PART: Final = "part"
SHARES: Final[Mapping[str, tuple[float, float]]] = {
    # As much as of planting's template-heavy texts, before enough units have the frame for it to be known as standard.
    FRAME: (0.15, 0.65),
    # Between planting's kinds of ten, thirty and fifty percent lies whatever people really do.
    EDITED: (0.05, 0.5),
    # Half of a text and more.
    PART: (0.5, 0.95),
}
DISGUISED: Final = "disguised"
"""Planting's other kinds: the same text, typed, ordered or surrounded otherwise."""
GRADED: Final = frozenset({"edited-10", "edited-30", "edited-50", "half"})
EDITIONS: Final = "two-editions"
STRANGERS: Final = "strangers"


class Document(NamedTuple):
    """A text and the document that it is an edition of."""

    id: str
    text: Text


def documents(folder: Path, *, held_back: bool) -> Iterator[Document]:
    """The documents of one half that are long enough to be a solution."""
    with gzip.open(folder / "viet_news_docs.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            said = json.loads(line)
            if (
                is_held_back(str(said["id"])) == held_back
                and len(said["body"].split()) >= FEWEST_WORDS
            ):
                text = Text(
                    title=said["title"],
                    situation_before=said.get("lead") or "",
                    solution=said["body"],
                )
                yield Document(str(said["id"]), text)


def drawn(
    kind: str, number: int, texts: Sequence[Text], others: Sequence[Text], seed: int
) -> tuple[Text, Text]:
    """A pair of that kind out of three texts: the earlier, and the later."""
    chance = random.Random(f"{seed} {kind} {number}")  # noqa: S311 - drawn to be repeated
    share = chance.uniform(*SHARES[kind])
    one, other, third = texts
    if kind == EDITED:
        changed = edited(one.solution, share, Hand(chance, other, others))
        return one, one.with_(title=other.title, solution=changed)
    if kind == PART:
        words, own = one.solution.split(), other.solution.split()
        copied = words[: round(len(words) * share)]
        added = own[: round(len(copied) / share * (1 - share))]
        return one, other.with_(
            solution=" ".join(chance.choice(((*copied, *added), (*added, *copied))))
        )
    bodies = [beginning(text.solution, OWN_WORDS) for text in (one, other)]
    size = sum(len(body.split()) for body in bodies) / 2 * share / (1 - share)
    frame = beginning(third.solution, size)
    first = chance.random() < 0.5
    earlier, later = (
        text.with_(solution="\n".join((frame, body) if first else (body, frame)))
        for text, body in zip((one, other), bodies, strict=True)
    )
    return earlier, later


def beginning(text: str, words: float) -> str:
    """Whole sentences from the start of a text, up to about so many words."""
    end = len(text)
    for _, stop in sentences(text):
        end = stop
        if len(text[:stop].split()) >= words:
            break
    return text[:end]


def answers(folder: Path, *, held_back: bool, seed: int) -> list[Answer]:
    """Every pair that the matcher looked at and of which it is known whether it is the same."""
    found = list(documents(folder, held_back=held_back))
    random.Random(seed).shuffle(found)  # noqa: S311 - drawn to be repeated
    apart = [document.text for document in found[: 3 * PAIRS * len(SHARES)]]
    rest = found[len(apart) :]
    planted = plant(
        [document.text for document in rest],
        seed=seed,
        copies=COPIES,
        negatives=NEGATIVES,
        originals=ORIGINALS,
    )
    with TemporaryDirectory() as scratch:
        home = Path(scratch)
        write_planted(planted, home / "planted")
        with (home / "planted" / "declarations.jsonl").open("a", encoding="utf-8") as file:
            for record in pairs(apart, planted.declarations, seed):
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
        matched(home)
        return list(judged(home, planted.labels, {d.text.solution: d.id for d in rest}))


def pairs(texts: Sequence[Text], planted: Sequence[Record], seed: int) -> Iterator[Record]:
    """The declarations of the pairs that planting does not know, in units of those that it does."""
    waiting = iter(texts)
    for kind in SHARES:
        for number in range(PAIRS):
            three = [next(waiting) for _ in range(3)]
            for side, text in zip("ab", drawn(kind, number, three, texts, seed), strict=True):
                like = planted[number * 2 + (side == "b")]
                name = f"{kind} {number:04d}{side}"
                # All at one hour, after everything else: who came first is told by the order of the lines.
                filed = {"filed_at": planted[-1]["filed_at"]}
                yield {**like, **dict(text), **filed, "external_id": name}


def likenesses(lines: Thresholds) -> dict[str, float]:
    """The lines of the rules before any calibration."""
    calibration = MatchingRules().calibration
    return {name: calibration.likeness(line) for name, line in lines.model_dump().items()}


def matched(home: Path) -> None:
    """Match everything with hardly a line, on an identical scale, so that what lies under every line is seen too."""
    lines = likenesses(MatchingRules().thresholds)
    low = Thresholds(similar=1e-3, near=lines["near"], exact=lines["exact"])
    rules = MatchingRules(thresholds=low, calibration=IDENTITY)
    (home / "rules.json").write_text(rules.model_dump_json(), "utf-8")
    planted, data = home / "planted", ("--data", str(home / "ledger"))
    for line in (
        (
            "init",
            "--units",
            planted / "units.jsonl",
            "--programme",
            planted / "programme.json",
            "--simulated",
        ),
        ("rules", "adopt", home / "rules.json", "--reason", "pairs under every line are wanted"),
        ("import", planted / "declarations.jsonl", "--simulate-clock"),
        ("match",),
    ):
        done = CliRunner().invoke(app, [*map(str, line), *data])
        if done.exit_code:
            raise SystemExit(done.output)


def judged(home: Path, planted: Sequence[Record], editions: Mapping[str, str]) -> Iterator[Answer]:
    """What is known of the flags on record; those of which nothing is known are left out."""
    labels = [
        Label(str(label["later"]), str(label["kind"]), str(label["earlier"]), same=True)
        for label in planted
        if "earlier" in label
    ]
    kinds = {(label.idea, label.of): label.kind for label in labels}
    said: list[Said] = []
    flags: dict[tuple[str, str], Suspected] = {}
    with System(Settings(data=home / "ledger")) as system:
        at = 0
        while page := system.ledger.read(at, topics=(IdeaDeclared.TOPIC, FlagRaised.TOPIC)):
            at = page[-1].position
            for event in (recorded.event for recorded in page):
                match event:
                    case IdeaDeclared(external_id=name, unit=unit, content=content):
                        said.append(Said(name, unit, content.solution))
                    case FlagRaised(idea=later, of=earlier, band=band, score=score):
                        pair = later.external_id, earlier.external_id
                        flags[pair] = Suspected(*pair, band, score)
                    case _:
                        pass
    truth = Truth(labels, said, flags, MatchingRules().standard_units)
    document = {text.name: editions.get(text.solution) for text in said}
    for (idea, of), flag in flags.items():
        kind = idea.rpartition(" ")[0]
        same_document = document[idea] is not None and document[idea] == document[of]
        is_false = (idea, of) in truth.false
        if kind in SHARES and idea[:-1] == of[:-1]:
            yield Answer(kind, same=kind != FRAME, likeness=flag.score)
        elif (idea, of) in kinds:
            if kinds[idea, of] not in GRADED:
                yield Answer(DISGUISED, same=True, likeness=flag.score)
        elif same_document and not is_false:
            yield Answer(EDITIONS, same=True, likeness=flag.score)
        elif is_false and not same_document:
            yield Answer(STRANGERS, same=False, likeness=flag.score)


def told(name: str, of: Sequence[Answer], by: Calibration) -> None:
    """Print how reliable a calibration is on a set."""
    found: Reliability = reliability(
        [by.share(answer.likeness) for answer in of], [a.same for a in of], evenly(of)
    )
    print(
        f"{name}: {len(of)} pairs, Brier {found.brier:.4f}, expected calibration error {found.error:.4f}"
    )
    for bin_ in found.bins:
        print(
            f"  {bin_.least:.1f}-{bin_.most:.1f} {bin_.count:6d}  score {bin_.score:.3f}  same {bin_.same:.3f}"
        )


def asked(words: Sequence[str]) -> tuple[Path, bool]:
    """The folder of documents, and whether the shipped set is to be replaced."""
    parser = argparse.ArgumentParser(prog="python -m tools.ship_calibration")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true", help="replace the shipped set")
    given = parser.parse_args(words)
    return given.folder, given.write


def main() -> None:
    folder, replaces = asked(sys.argv[1:])
    shipped = answers(folder, held_back=False, seed=FIT_SEED)
    if replaces:
        write(shipped, Path(__file__).parent.parent / "services" / "dedup" / SHIPPED)
    calibration = fitted(shipped, evenly(shipped))
    print(f"calibration: {calibration}")
    lines = MatchingRules().thresholds
    print(f"the lines of today are likenesses of {likenesses(lines)}")
    told("fitted on", shipped, calibration)
    told("held back", answers(folder, held_back=True, seed=HELD_SEED), calibration)


if __name__ == "__main__":
    main()
