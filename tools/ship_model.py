"""Fit the model that is shipped, on a folder of Vietnamese texts: hashed features only, no words and no texts in it.

python -m tools.ship_model FOLDER

Of the documents (`viet_news_docs.jsonl.gz`) those whose id has an even checksum are used; the others are held back for
judging. The short texts (`viet_short_1m.txt.gz`) are drawn together, ten at a time, to documents of about 190 words.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from zlib import crc32

from services.dedup.lexicon import Lexicon
from services.dedup.model import SHIPPED, Hashes, Model
from services.dedup.texts import words_of

TOGETHER = 10
AT_A_TIME = 512


def is_held_back(document: str) -> bool:
    """Whether a document, by its id, is kept for judging; two editions of one are on the same side."""
    return crc32(document.encode()) % 2 == 1


def bodies(folder: Path) -> Iterator[str]:
    """Every text that the model is fitted on."""
    with gzip.open(folder / "viet_news_docs.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            document = json.loads(line)
            if not is_held_back(str(document["id"])):
                yield document["body"]
    with gzip.open(folder / "viet_short_1m.txt.gz", "rt", encoding="utf-8") as lines:
        short = [line.strip() for line in lines]
    random.Random(1).shuffle(short)  # noqa: S311 - drawn to be repeated, not to be secret
    for first in range(0, len(short), TOGETHER):
        yield ". ".join(short[first : first + TOGETHER])


def hashes(texts: Iterator[str]) -> Iterator[tuple[Hashes, Hashes]]:
    """The hashes of each text's words, with and without diacritics."""
    lexicon = Lexicon()
    while batch := list(islice(texts, AT_A_TIME)):
        read = lexicon.read(batch)
        for n in range(len(batch)):
            words = words_of(read.text(n))
            yield lexicon.hashes[words], lexicon.hashes[lexicon.bare[words]]


def main() -> None:
    model = Model.fit(hashes(bodies(Path(sys.argv[1]))))
    path = Path(__file__).parent.parent / "services" / "dedup" / SHIPPED
    model.save(path)
    print(model.id, path.stat().st_size)


if __name__ == "__main__":
    main()
