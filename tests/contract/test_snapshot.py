"""The matcher's snapshot: who was stopped and reads it goes on like who never stopped, and what does not fit is ignored."""

from __future__ import annotations

import json
import logging
import resource
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.dedup import snapshot as snapshot_module
from services.dedup.matcher import Matcher
from services.dedup.model import Models
from services.dedup.snapshot import FEWEST, FORMAT, REST, Snapshots, facts_of
from services.wiring import System
from shared.events.matching import FlagRaised
from shared.settings import Settings
from shared.vocabulary import MatchingRules, Position
from tests.happenings import Happened, as_bytes, happened_in
from tests.places import author
from tests.works import FORGE, LATHE, SHOPS, SOLUTIONS, Works, slightly_other, works

FAR: Final = 10**9
PARAGRAPH: Final = (
    "Đơn vị đã tổ chức cho người lao động đăng ký đề tài ngay từ đầu năm và theo dõi hằng tháng."
)

# Goes on like who never stopped.


@pytest.fixture(scope="module", params=[4, 5], ids="drawn {}".format)
def happened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Happened]:
    """Some ledgers in which everything happens."""
    with happened_in(tmp_path_factory.mktemp("happened"), request.param) as found:
        yield found


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stops=st.lists(st.floats(0.02, 0.98), min_size=1, max_size=4).map(sorted),
    recalled=st.integers(0, 40),
    page=st.sampled_from([1, 7, 512]),
)
def test_wherever_it_is_stopped_the_flags_are_the_same_to_the_byte(
    happened: Happened, tmp_path: Path, stops: list[float], recalled: int, page: int
) -> None:
    """After each stop so many facts were matched by somebody else: their flags are on record, and only recalled."""
    facts = happened.facts
    whole = _by_fact(happened, happened.matcher(), page)
    copied: dict[int, list[int]] = {}
    for flags in whole.values():
        for flag in flags:
            if flag.band.is_copy:
                copied.setdefault(flag.idea.position, []).append(flag.of.position)
    matcher, at = happened.matcher(), 0
    found: dict[Position, list[FlagRaised]] = {}
    for part in [*stops, 1.0]:
        stop = max(int(part * len(facts)), at)
        found |= _by_fact(happened, matcher, page, at, stop)
        at = stop
        if 0 < at < len(facts):
            matcher = _stopped(happened, matcher, facts[at - 1].position, tmp_path)
            for first in range(at, min(at + recalled, len(facts)), 7):
                matcher.recall(facts[first : min(first + 7, at + recalled)], copied)
            at = min(at + recalled, len(facts))
            matcher.make_ready()
    assert {position: as_bytes(flags) for position, flags in found.items()} == {
        position: as_bytes(whole[position]) for position in found
    }


def test_a_memory_that_is_kept_again_is_kept_the_same(happened: Happened, tmp_path: Path) -> None:
    matcher = happened.matcher()
    _by_fact(happened, matcher, 512)
    again = _stopped(happened, matcher, happened.facts[-1].position, tmp_path)
    one, other = matcher.kept(), again.kept()
    assert one.keys() == other.keys()
    for name in one:
        if not name.endswith("chunks.slots"):
            assert np.array_equal(one[name], other[name]), name
    slots = "archive.lexicon.chunks.slots"
    assert sorted(one[slots].tolist()) == sorted(other[slots].tolist())


def test_a_memory_is_kept_before_any_text_and_after_other_rules_were_adopted(
    happened: Happened, tmp_path: Path
) -> None:
    """Right after an adoption there is no index, which is made when it is next needed."""
    adoptions = [n for n, fact in enumerate(happened.facts) if "adopted" in fact.event.TOPIC]
    whole = _by_fact(happened, happened.matcher(), 512)
    for last in adoptions:
        matcher = happened.matcher()
        _by_fact(happened, matcher, 512, 0, last + 1)
        again = _stopped(happened, matcher, happened.facts[last].position, tmp_path)
        found = _by_fact(happened, again, 512, last + 1)
        assert {p: as_bytes(f) for p, f in found.items()} == {p: as_bytes(whole[p]) for p in found}


def _by_fact(
    happened: Happened, matcher: Matcher, page: int, first: int = 0, last: int | None = None
) -> dict[Position, list[FlagRaised]]:
    """The flags that some facts raise, by the position of the fact."""
    facts = happened.facts[first:last]
    found: dict[Position, list[FlagRaised]] = {fact.position: [] for fact in facts}
    for start in range(0, len(facts), page):
        for raised in matcher.walk(facts[start : start + page]):
            found[raised.flag.cut + 1].append(raised.flag)
    return found


def _stopped(happened: Happened, matcher: Matcher, at: Position, home: Path) -> Matcher:
    """Another matcher, with what the first one had in memory."""
    snapshots = Snapshots(home, happened.ledger)
    draft = snapshots.write(matcher, at)
    assert draft is not None
    draft.settle()
    restored = snapshots.restored(lambda: Matcher(happened.models, happened.directory), at)
    assert restored is not None
    assert restored[1] == at
    return restored[0]


# What does not fit is ignored.


@pytest.fixture(autouse=True)
def always_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a small town every snapshot is worth writing."""
    monkeypatch.setattr(snapshot_module, "FEWEST", 1)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town that was matched and then stopped, with a snapshot; then more was declared that repeats what was."""
    home = tmp_path_factory.mktemp("kept") / "town"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot_module, "FEWEST", 1)
        _begun(home)
    with works(home) as town:
        for number, text in enumerate(SOLUTIONS):
            town.declare(f"later-{number}", slightly_other(f"{text} {PARAGRAPH}"), FORGE)
    return home


def _begun(home: Path, *, first: int = 0) -> None:
    with works(home) as town:
        for number, text in enumerate(SOLUTIONS, first):
            town.declare(f"idea-{number}", f"{text} {PARAGRAPH}", SHOPS[number % len(SHOPS)])
        town.match()


@pytest.fixture(scope="module")
def expected(kept: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[UUID, bytes]]:
    """The flags where no snapshot is."""
    home = tmp_path_factory.mktemp("expected") / "town"
    shutil.copytree(kept, home)
    (home / "matcher" / "snapshot.npz").unlink()
    with works(home) as town:
        town.match()
        assert len(town.flags()) >= len(SOLUTIONS)
        return _told(town)


def _told(town: Works) -> list[tuple[UUID, bytes]]:
    """Every flag on record, less what differs by the run: who set it in motion."""
    nobody = town.flags()[0].by
    return as_bytes([flag.model_copy(update={"by": nobody}) for flag in town.flags()])


def _flags_of(home: Path, caplog: pytest.LogCaptureFixture) -> list[tuple[UUID, bytes]]:
    """The flags of who goes on in a folder."""
    caplog.clear()
    with caplog.at_level(logging.INFO), works(home) as town:
        town.match()
        return _told(town)


def _log_of(caplog: pytest.LogCaptureFixture, action: str) -> list[dict[str, Any]]:
    return [vars(record) for record in caplog.records if vars(record).get("action") == action]


@pytest.fixture
def home(kept: Path, tmp_path: Path) -> Path:
    """The town for one test to spoil."""
    return Path(shutil.copytree(kept, tmp_path / "town"))


def _snapshot(home: Path) -> Path:
    return home / "matcher" / "snapshot.npz"


def test_who_finds_a_snapshot_reads_only_what_came_after_it(
    home: Path, caplog: pytest.LogCaptureFixture, expected: list[tuple[UUID, bytes]]
) -> None:
    position = facts_of(_snapshot(home)).position
    with works(home) as town:
        assert town.detector.position() == position
    assert _flags_of(home, caplog) == expected
    (recall,) = _log_of(caplog, "recall")
    assert (recall["snapshot"], recall["read_again"]) == (position, 0)


def test_what_others_matched_since_the_snapshot_is_read_again_and_nothing_else(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    position = facts_of(_snapshot(home)).position
    older = _snapshot(home).read_bytes()
    _flags_of(home, caplog)
    _snapshot(home).write_bytes(older)
    with works(home) as town:
        reached = town.detector.position()
        town.declare("last", slightly_other(slightly_other(SOLUTIONS[3])))
    flags = _flags_of(home, caplog)
    (recall,) = _log_of(caplog, "recall")
    assert (recall["snapshot"], recall["read_again"]) == (position, reached - position)
    other = home.parent / "other"
    shutil.copytree(home, other)
    with works(other) as town:
        assert {pair for pair in town.pairs() if "last" in pair} >= {("last", "idea-3")}
        assert _told(town) == flags


def _truncated(part: float) -> Callable[[Path], None]:
    def truncate(path: Path) -> None:
        content = path.read_bytes()
        path.write_bytes(content[: min(int(part * len(content)), len(content) - 1)])

    return truncate


def _says(**changes: object) -> Callable[[Path], None]:
    """The same snapshot, saying something else of itself."""

    def change(path: Path) -> None:
        said, arrays = _content(path)
        _rewrite(path, {**said, **changes}, arrays)

    return change


def _content(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    with np.load(path) as content:
        arrays = {name: content[name] for name in content.files}
    return json.loads(arrays.pop("facts").tobytes()), arrays


def _rewrite(path: Path, said: dict[str, Any], arrays: dict[str, Any]) -> None:
    facts = np.frombuffer(json.dumps(said).encode(), dtype=np.uint8)
    np.savez(path, facts=facts, **arrays)


def _without_an_array(path: Path) -> None:
    said, arrays = _content(path)
    del arrays["archive.shelf._codes"]
    _rewrite(path, said, arrays)


def _of_another_kind(path: Path) -> None:
    said, arrays = _content(path)
    arrays["archive.shelf._codes"] = arrays["archive.shelf._codes"].astype(np.uint32)
    _rewrite(path, said, arrays)


def _with_a_pickle(path: Path) -> None:
    said, arrays = _content(path)
    arrays["archive.shelf._codes"] = np.array([{"a": 1}], dtype=object)
    _rewrite(path, said, arrays)


def _under_other_rules(path: Path) -> None:
    said, arrays = _content(path)
    model, _, version = json.loads(arrays["matching"].tobytes())
    rules = MatchingRules(short_words=3).model_dump_json()
    told = json.dumps([model, rules, version]).encode()
    arrays["matching"] = np.frombuffer(told, dtype=np.uint8)
    _rewrite(path, said, arrays)


def _under_an_unknown_model(path: Path) -> None:
    said, arrays = _content(path)
    _, rules, version = json.loads(arrays["matching"].tobytes())
    told = json.dumps(["sha256:unknown", rules, version]).encode()
    arrays["matching"] = np.frombuffer(told, dtype=np.uint8)
    _rewrite(path, said, arrays)


def _a_text(path: Path) -> None:
    path.write_text("sáng kiến", encoding="utf-8")


def _a_model(path: Path) -> None:
    Models.shipped().save(path)


UNFIT: Final[dict[str, tuple[Callable[[Path], None], str]]] = {
    "empty": (_truncated(0), "BadZipFile"),
    "a tenth": (_truncated(0.1), "BadZipFile"),
    "half": (_truncated(0.5), "BadZipFile"),
    "all but its last bytes": (_truncated(0.999), "BadZipFile"),
    "all but its last byte": (_truncated(1), ""),
    "a text": (_a_text, "BadZipFile"),
    "a model": (_a_model, "facts"),
    "of a format to come": (_says(format=FORMAT + 1), "its format is"),
    "of no format": (_says(format=None), "its format is"),
    "with a fact that nobody knows": (_says(colour="red"), "ValidationError"),
    "of another normaliser": (_says(normaliser="1900-01-01"), "another version"),
    "of other sources": (_says(reading="0"), "another version"),
    "beyond what was matched": (_says(position=FAR), f"position {FAR}"),
    "of another event": (_says(event="0"), "another fact"),
    "of more texts": (_says(texts=FAR), "the ledger adopted"),
    "without an array": (_without_an_array, "KeyError"),
    "with an array of another kind": (_of_another_kind, "_codes holds uint32"),
    "with a pickle": (_with_a_pickle, "no plain array"),
    "under rules that nobody adopted": (_under_other_rules, "the ledger adopted"),
    "under a model that is not there": (_under_an_unknown_model, "ModelIsUnknown"),
}


@pytest.mark.parametrize("how", UNFIT)
def test_a_snapshot_that_does_not_fit_is_ignored_and_the_flags_are_the_same(
    home: Path, caplog: pytest.LogCaptureFixture, expected: list[tuple[UUID, bytes]], how: str
) -> None:
    spoil, why = UNFIT[how]
    spoil(_snapshot(home))
    with works(home) as town:
        reached = town.detector.position()
    assert _flags_of(home, caplog) == expected
    ignored, recall = _log_of(caplog, "recall")
    assert "is ignored" in ignored["msg"]
    assert why in ignored["why"]
    assert (recall["snapshot"], recall["read_again"]) == (0, reached)
    # The next one takes its place.
    _flags_of(home, caplog)
    (recall,) = _log_of(caplog, "recall")
    assert recall["read_again"] == 0


def test_a_bit_that_fell_over_in_any_of_the_arrays_is_noticed(home: Path) -> None:
    path = _snapshot(home)
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if m.file_size > 128]
        names = {m.filename for m in archive.infolist()}
    assert {"facts.npy", "index._alive.npy", "archive.standard._keys.npy"} <= names
    with works(home) as town:
        snapshots, to = Snapshots(path.parent, town.ledger), town.detector.position()

        def empty() -> Matcher:
            return Matcher(town.detector.models, town.system.directory)

        assert snapshots.restored(empty, to) is not None
        for member in members:
            # Behind the zip's own header, the name and the array's header, in the middle of the numbers.
            begin = whole.index(member.filename.encode(), member.header_offset)
            at = begin + len(member.filename) + 148 + (member.file_size - 128) // 2
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
            assert snapshots.restored(empty, to) is None, member.filename
            # In the header, an array that says that it is shorter ends before the checksum is looked at.
            header = whole.index(b"'shape': (", begin)
            digit = header + len(b"'shape': (")
            shorter = bytes([whole[digit] - 1]) if whole[digit] > ord("1") else b" "
            path.write_bytes(whole[:digit] + shorter + whole[digit + 1 :])
            assert snapshots.restored(empty, to) is None, member.filename
        path.write_bytes(whole)
        assert snapshots.restored(empty, to) is not None


def test_another_ledger_under_the_snapshot_is_noticed(
    home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Both have as many facts of the same kinds; only what was declared differs."""
    position = facts_of(_snapshot(home)).position
    _begun(tmp_path / "twin", first=1)
    with works(tmp_path / "twin") as town:
        assert town.detector.position() == position
    shutil.copy(_snapshot(home), _snapshot(tmp_path / "twin"))
    with works(tmp_path / "twin") as town:
        town.declare("copy", slightly_other(SOLUTIONS[2]))
    _flags_of(tmp_path / "twin", caplog)
    ignored, _ = _log_of(caplog, "recall")
    assert "another fact at position" in ignored["why"]
    with works(tmp_path / "twin") as town:
        assert ("copy", "idea-3") in town.pairs()


def test_a_ledger_that_was_restored_from_before_the_snapshot_is_noticed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = tmp_path / "town"
    _begun(home)
    backup = tmp_path / "backup"
    shutil.copytree(home, backup)
    with works(home) as town:
        town.declare("lost", slightly_other(SOLUTIONS[1]), title="Một tên")
        town.match()
        (flag,) = [flag for flag in town.flags() if flag.idea.external_id == "lost"]
    shutil.copy(_snapshot(home), _snapshot(backup))
    with works(backup) as town:
        town.declare("other", slightly_other(SOLUTIONS[1]), title="Một tên")
    _flags_of(backup, caplog)
    ignored, _ = _log_of(caplog, "recall")
    assert "goes to position" in ignored["why"]
    with works(backup) as town:
        (again,) = [flag for flag in town.flags() if flag.idea.external_id == "other"]
    assert (again.score, again.of.external_id) == (flag.score, flag.of.external_id)


# Writing it.


@contextmanager
def _room(most: int) -> Iterator[None]:
    """No file of this process may become larger."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("most", [0, 10, 5_000, 1_000_000])
def test_where_there_is_no_room_a_warning_says_so_and_matching_goes_on(
    home: Path, caplog: pytest.LogCaptureFixture, expected: list[tuple[UUID, bytes]], most: int
) -> None:
    before = _snapshot(home).read_bytes()
    with works(home) as town:
        matcher = Matcher(town.detector.models, town.system.directory)
        snapshots = Snapshots(home / "matcher", town.ledger)
        restored = snapshots.restored(lambda: matcher, town.detector.position())
        assert restored is not None
        with _room(most):
            assert snapshots.write(matcher, restored[1]) is None
    (warning,) = _log_of(caplog, "keep")
    assert warning["levelname"] == "WARNING"
    assert "cannot be written" in warning["msg"]
    assert "too large" in warning["why"]
    # The one before stands, and the room is given back.
    assert _snapshot(home).read_bytes() == before
    assert [file.name for file in (home / "matcher").iterdir()] == ["snapshot.npz"]
    assert _flags_of(home, caplog) == expected


def test_a_folder_that_cannot_be_made_is_no_reason_to_stop(
    home: Path, caplog: pytest.LogCaptureFixture, expected: list[tuple[UUID, bytes]]
) -> None:
    shutil.rmtree(home / "matcher")
    (home / "matcher").write_text("kein Ordner")
    assert _flags_of(home, caplog) == expected
    assert _log_of(caplog, "keep")


def test_a_draft_that_somebody_left_is_written_over(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    draft = home / "matcher" / "snapshot.part"
    draft.write_bytes(b"half of something" * 10**6)
    before = facts_of(_snapshot(home)).position
    _flags_of(home, caplog)
    assert facts_of(_snapshot(home)).position > before
    assert not draft.exists()


def test_of_two_who_would_write_at_once_one_leaves_it(home: Path) -> None:
    with works(home) as one, works(home) as other:
        drafts = []
        for town in (one, other):
            snapshots = Snapshots(home / "matcher", town.ledger)
            restored = snapshots.restored(
                lambda town=town: Matcher(town.detector.models, town.system.directory),  # type: ignore[misc]
                town.detector.position(),
            )
            assert restored is not None
            drafts.append(snapshots.write(*restored))
        first, second = drafts
        assert first is not None
        assert second is None
        first.settle()
        assert snapshots.restored(one.detector._empty, one.detector.position()) is not None


class Memory:
    """So many texts, and nothing else."""

    def __init__(self, texts: int) -> None:
        self.texts = texts

    def __len__(self) -> int:
        return self.texts

    matching = (None, MatchingRules(), 0)

    def kept(self) -> dict[str, Any]:
        return {}

    def restore(self, arrays: dict[str, Any]) -> None:
        raise AssertionError


def test_it_is_written_anew_when_one_text_in_eight_is_new_and_never_for_a_handful(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_module, "FEWEST", FEWEST)
    with works(tmp_path / "town") as town:
        snapshots = Snapshots(tmp_path, town.ledger)
        assert not snapshots.due(FEWEST - 1)
        assert snapshots.due(FEWEST)
        draft = snapshots.write(Memory(100_000), 1)
        assert draft is not None
        draft.settle()
        assert not snapshots.due(114_000)
        assert snapshots.due(114_286)


def test_while_there_is_work_to_do_it_takes_no_more_than_a_fiftieth_of_the_time(
    tmp_path: Path,
) -> None:
    now = [100.0]
    with works(tmp_path / "town") as town:
        snapshots = Snapshots(tmp_path, town.ledger, clock=lambda: now[0])
        draft = snapshots.write(Memory(10), 1)
        assert draft is not None
        now[0] += 3
        draft.settle()
        now[0] += 3 * REST - 1
        assert snapshots.due(1_000)
        assert not snapshots.due_meanwhile(1_000)
        now[0] += 1
        assert snapshots.due_meanwhile(1_000)


def test_without_a_home_of_its_own_a_process_keeps_nothing(tmp_path: Path) -> None:
    with works(tmp_path / "town") as town:
        snapshots = Snapshots(None, town.ledger)
        assert not snapshots.due(FAR)
        assert snapshots.write(Memory(10), 1) is None
        assert snapshots.restored(lambda: Memory(0), 1) is None
        assert snapshots.described(1) is None


def test_what_a_snapshot_says_of_itself_can_be_read_without_reading_it(home: Path) -> None:
    with System(Settings(data=home)) as system:
        at = system.detector.position()
        facts = facts_of(_snapshot(home))
        size = _snapshot(home).stat().st_size
        assert system.snapshots.described(at) == {
            "position": facts.position,
            "texts": len(SOLUTIONS),
            "bytes": size,
        }
        assert system.snapshots.described(1) == {
            "unfit": f"it goes to position {at}, and the matcher came to 1"
        }


# What is in it.


def test_a_snapshot_holds_no_name_of_a_person_and_no_number_that_a_sender_gave_one(
    tmp_path: Path,
) -> None:
    """What it does hold stands in the ledger in clear, too; so it is nothing to an erasure."""
    home = tmp_path / "town"
    with works(home) as town:
        town.declare(
            "idea-1", SOLUTIONS[0], LATHE, authors=[author(person="NV-0457", name="Trần Thị Hoà")]
        )
        town.match()
        (declared,) = town.ledger.read(0, topics=["idea.declared"])
        (sealed,) = declared.event.authors  # type: ignore[attr-defined]
    content = _snapshot(home).read_bytes()
    assert b"idea-1" in content
    assert sealed.person.bytes in content
    for secret in ("NV-0457", "Trần Thị Hoà", "trần thị hoà", sealed.sealed_name):
        assert secret.encode() not in content
        assert json.dumps(secret).encode() not in content


def test_a_text_that_was_only_checked_leaves_no_word_in_the_snapshot(tmp_path: Path) -> None:
    home = tmp_path / "town"
    with works(home) as town:
        town.declare("idea-1", SOLUTIONS[0])
        town.match()
        (found,) = town.detector.check(
            title="Đồ gá của bà Khuyểnh-Thục",
            solution=f"Gọi 0987654321 gặp Khuyểnh-Thục. {SOLUTIONS[0]}",
            situation="",
            unit=LATHE,
            programme="1tr",
            most=5,
        )
        assert found.earlier.member.external_id == "idea-1"
        town.declare("idea-2", SOLUTIONS[1])
        town.match()
    assert facts_of(_snapshot(home)).texts == 2
    content = _snapshot(home).read_bytes()
    for secret in ("0987654321", "khuyểnh", "Khuyểnh"):
        assert secret.encode() not in content
        assert json.dumps(secret).strip('"').encode() not in content
