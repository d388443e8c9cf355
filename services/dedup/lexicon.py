"""The lexicon: every word met so far as a number, and what chunks say, so that reading a text is looking up its chunks.

A text becomes the numbers of its words. The lowest bit of each says whether a sentence ends after the word; shifted right
by it, the number is a row of `hashes` and `bare`. Numbers are this process's own; whatever must be the same everywhere
follows from the hashes. What is read is always what `normalise` reads: where more than the chunks matters (damage, words
that are written wrong together), it is asked.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.dedup.chunk_table import (
    AGAIN,
    BEGINS_PAIR,
    IN_RULE,
    UNKNOWN,
    WRONG_TOGETHER,
    ChunkTable,
)
from services.dedup.column import Column
from services.dedup.kept import Arrays, kept, of, restore, under
from services.dedup.normalise import spans_and_sentences, strip_word
from services.dedup.phrases import settled, telling_pairs, words_of_rules
from services.dedup.texts import Numbers, Texts, Words
from shared.compiled import compiled

_KEPT: Final = ("_words", "_hashes", "_bare", "_in_sentences", "_marks")
_NUMERAL: Final = 0x6E756D6572616C73
"""A form in which only dates and sums differ is the same form."""

_MOST_MEANT: Final = 1 << 16
"""So many runs of words are kept with what they say."""


class Spelled(NamedTuple):
    """The words as compiled functions take them: by number, a word's hash and the number of its bare form.

    `in_sentences` is what a word counts for in a sentence: the hash of its bare form, the same one for all numerals.
    """

    hashes: NDArray[np.uint64]
    bare: NDArray[np.uint32]
    in_sentences: NDArray[np.uint64]


class Lexicon:
    """The words of one process; one thread reads at a time, while others look words up by their numbers."""

    def __init__(self) -> None:
        self._reading = threading.RLock()
        self._numbers: dict[str, int] = {}
        self._words: list[str] = []
        self._hashes = Column(np.uint64, in_place=False)
        self._bare = Column(np.uint32, in_place=False)
        self._in_sentences = Column(np.uint64, in_place=False)
        self._marks = Column(np.uint8, in_place=False)
        self._is_passing = False
        self._begin()

    def _begin(self) -> None:
        """Number the words of the rules about what is written wrong together, and note which they are."""
        telling = sorted(
            (self.number(one) << 32 | self.number(other), is_sign)
            for (one, other), is_sign in telling_pairs().items()
        )
        self._pairs = np.array([pair for pair, _ in telling], dtype=np.uint64)
        self._signs = np.array([is_sign for _, is_sign in telling], dtype=np.bool_)
        for number in map(self.number, sorted(words_of_rules())):
            self._marks.all[number] |= IN_RULE
        for one in (self._pairs >> np.uint64(32)).tolist():
            self._marks.all[one] |= BEGINS_PAIR
        self._meant: dict[bytes, Numbers] = {}
        self._chunks = ChunkTable(self.number, self._marks, self._pairs)

    def __len__(self) -> int:
        return len(self._words)

    def kept(self) -> Arrays:
        """What a snapshot holds of it: words in the order of their numbers, and what chunks said."""
        return kept(self, _KEPT) | under("chunks", self._chunks.kept())

    def restore(self, arrays: Arrays) -> None:
        """Be again what was kept."""
        restore(self, _KEPT, arrays)
        self._numbers = {word: number for number, word in enumerate(self._words)}
        self._begin()
        self._chunks.restore(of("chunks", arrays))

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Whatever is met first inside is forgotten afterwards: of a text that is only asked about nothing stays."""
        words = len(self)
        self._is_passing = True
        with self._chunks.passing():
            try:
                yield
            finally:
                self._is_passing = False
                for word in self._words[words:]:
                    del self._numbers[word]
                del self._words[words:]
                for column in (self._hashes, self._bare, self._in_sentences, self._marks):
                    column.grown(words)

    @property
    def hashes(self) -> NDArray[np.uint64]:
        """By number: the first eight bytes of the word's blake2b, the same on every machine."""
        return self._hashes.all

    @property
    def bare(self) -> NDArray[np.uint32]:
        """By number: the number of the same word without diacritics."""
        return self._bare.all

    @property
    def spelled(self) -> Spelled:
        """Hashes and bare forms of all words so far."""
        return Spelled(self.hashes, self.bare, self._in_sentences.all)

    def word(self, number: int) -> str:
        """The word of a number."""
        return self._words[number]

    def number(self, word: str) -> int:
        """The number of a word, which may be a new one."""
        known = self._numbers.get(word)
        if known is not None:
            return known
        number = self._numbers[word] = len(self._words)
        self._words.append(word)
        digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
        self._hashes.append(int.from_bytes(digest, "little"))
        self._bare.append(number)
        is_numeral = any(map(str.isdigit, word))
        self._in_sentences.append(_NUMERAL if is_numeral else int.from_bytes(digest, "little"))
        self._marks.append(0)
        bare = strip_word(word)
        if bare != word:
            self._bare.all[number] = self.number(bare)
            self._in_sentences.all[number] = self._in_sentences.all[self._bare.all[number]]
        return number

    def text(self, words: Words) -> str:
        """The words of these numbers."""
        return " ".join(map(self._words.__getitem__, words.tolist()))

    def numbers(self, words: Iterable[str]) -> Numbers:
        """Words that are already normalised, as one text without sentences."""
        with self._reading:
            return np.array([self.number(word) << 1 for word in words], dtype=np.uint32)

    def read(self, texts: Sequence[str]) -> Texts:
        """Read texts as typed."""
        return self.read_encoded([text.encode("utf-8", "surrogatepass") for text in texts])

    def read_encoded(self, typed: Sequence[bytes]) -> Texts:
        """Read texts as typed, given in UTF-8."""
        with self._reading:
            return self._read(typed)

    def _read(self, typed: Sequence[bytes]) -> Texts:
        data = np.frombuffer(b"".join(typed), dtype=np.uint8)
        starts = np.array([*accumulate(map(len, typed), initial=0)], dtype=np.int64)
        self._chunks.make_room()
        found = np.empty(len(data) + len(typed), dtype=np.uint32)
        ends, states = self._chunks.look_up(data, starts[:-1], starts[1:], found)
        again = np.flatnonzero(states)
        if not len(again):
            return Texts(found[: ends[-1]], ends)
        parts = [found[a:b] for a, b in pairwise(ends.tolist())]
        unknown = np.flatnonzero(states == UNKNOWN)
        if len(unknown):
            # Their chunks were learned on the way, so that they are known now.
            room = np.empty(len(data) + len(typed), dtype=np.uint32)
            ends, states[unknown] = self._chunks.look_up(
                data, starts[unknown], starts[unknown + 1], room
            )
            for n, (a, b) in zip(unknown.tolist(), pairwise(ends.tolist()), strict=True):
                parts[n] = room[a:b]
        for n in again.tolist():
            if states[n] == AGAIN:
                parts[n] = self._whole(typed[n].decode("utf-8", "surrogatepass"))
            elif states[n] == WRONG_TOGETHER:
                parts[n] = self._put_right(parts[n])
        lengths = [0, *map(len, parts)]
        return Texts(np.concatenate(parts), np.cumsum(lengths, dtype=np.int64))

    def _whole(self, text: str) -> Numbers:
        """A text that shows damage, read as a whole."""
        words, sentences = spans_and_sentences(text)
        found = self.numbers(word for word, _, _ in words)
        at = 0
        for _, end in sentences:
            while at < len(words) and words[at][1] < end:
                at += 1
            if at:
                found[at - 1] |= 1
        return found

    def _put_right(self, found: Numbers) -> Numbers:
        """A text some of whose words may be written wrong together.

        No rule reaches over a word that is in none, so only the runs of such words around a telling pair are looked at,
        each with the word before it: after a number some stay.
        """
        parts, done = [], 0
        for begin, end in runs(found, self._marks.all, self._pairs, self._signs).tolist():
            parts += [found[done:begin], self._said_by(found[begin:end])]
            done = end
        return np.concatenate([*parts, found[done:]])

    def _said_by(self, run: Numbers) -> Numbers:
        """What a run of words says; the same few are met again and again."""
        key = run.tobytes()
        known = self._meant.get(key)
        if known is None:
            words = len(self)
            known = self._settled(run)
            if not self._is_passing and len(self) == words:
                if len(self._meant) == _MOST_MEANT:
                    self._meant.clear()
                # A piece of all that is read together would hold on to all of it.
                self._meant[key] = known = known.copy()
        return known

    def _settled(self, run: Numbers) -> Numbers:
        words = [(self._words[n >> 1], at, at + 1) for at, n in enumerate(run.tolist())]
        meant = settled(words, frozenset())
        if meant == words:
            return run
        right = self.numbers(word for word, _, _ in meant)
        ends = np.cumsum([0, *(run & 1)]).tolist()
        for at, (_, start, end) in enumerate(meant):
            is_last = at + 1 == len(meant) or meant[at + 1][1] > start
            # Where two sentences became one word, as in "mười. Một", the sentence ends after it.
            if is_last and ends[end] > ends[start]:
                right[at] |= 1
        return right


@compiled
def runs(
    found: Numbers,
    marks: NDArray[np.uint8],
    pairs: NDArray[np.uint64],
    signs: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """The runs of words in rules around telling pairs, with the word before; all in one from a sign to the end."""
    words = found >> np.uint32(1)
    telling = np.empty(len(words), dtype=np.int64)
    count = 0
    is_signed = False
    for at in range(len(words) - 1):
        if marks[words[at]] & np.uint8(BEGINS_PAIR):
            pair = (np.uint64(words[at]) << np.uint64(32)) | np.uint64(words[at + 1])
            place = np.searchsorted(pairs, pair)
            if place < len(pairs) and pairs[place] == pair:
                telling[count] = at
                count += 1
                is_signed = is_signed or signs[place]
    answer = np.empty((count, 2), dtype=np.int64)
    told = done = 0
    for at in telling[:count]:
        if at < done:
            continue
        begin, end = at, at
        if is_signed:
            begin, end = 0, len(words)
        else:
            while begin > 0 and (begin == at or marks[words[begin]] & np.uint8(IN_RULE)):
                begin -= 1
            while end < len(words) and marks[words[end]] & np.uint8(IN_RULE):
                end += 1
        answer[told, 0], answer[told, 1] = begin, end
        told += 1
        done = end
    return answer[:told]
