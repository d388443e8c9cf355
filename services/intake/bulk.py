"""Many declarations from a file: each good row recorded, each bad row named, a second time harmless."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple

from services.intake.authorship import Lot, Seals, Vaulted
from services.intake.idea import LATE_AFTER, Idea
from services.intake.records import Row
from shared.declaration import Declaration
from shared.directory import Directory
from shared.errors import AlreadyClaimed, Conflict, NotFound, Refusal, Unavailable
from shared.events.idea import IdeaDeclared
from shared.ledger.encoding import encode
from shared.ledger.model import Actor
from shared.ledger.stamp import Encoded
from shared.ledger.store import Ledger
from shared.ledger.write import Claim
from shared.messages import Language, message
from shared.tree import Tree
from shared.validation import Fault
from shared.written import written

BATCH: Final = 1000


class StoppedMidway(Unavailable):
    """The store gave out in the middle of a file; what was taken before stands."""

    def __init__(self, accepted: int, problem: Unavailable) -> None:
        super().__init__(
            f"{accepted} declarations of this file are on record now, the rest is not. ({problem.message}) "
            "Then import the same file again: what is on record is passed over.",
            accepted=accepted,
        )


class DeclaredOtherwise(Conflict):
    code = "conflict"

    def __init__(self, external_id: str) -> None:
        super().__init__(
            f"external_id {external_id} was declared with other content. Use a new id, or amend the earlier idea.",
            field="external_id",
        )


class RowFault(NamedTuple):
    """What `import` prints of a row that was refused (or, as a warning, of one that was not)."""

    row: int
    field: str
    code: str
    message: str


class Report(NamedTuple):
    """What became of a file; every row read is accepted, replayed or rejected."""

    read: int = 0
    accepted: int = 0
    replayed: int = 0
    rejected: int = 0
    errors: tuple[RowFault, ...] = ()
    warnings: tuple[RowFault, ...] = ()


def claim_name(sender: str, external_id: str) -> str:
    """The name under which a declaration is on record once: the sender's own id, with the sender."""
    return f"idea\x1f{sender}\x1f{external_id}"


def fingerprint(declaration: Declaration, vault: Seals) -> bytes:
    """A keyed digest of the whole record, names included: equal content, whatever file it came in."""
    return vault.fingerprint(written(declaration))


class Keyed(NamedTuple):
    """A declaration with the name it claims and the digest of its content."""

    number: int
    declaration: Declaration
    name: str
    digest: bytes


@dataclass
class Decided:
    """What a batch comes to, before anything is recorded."""

    clock: datetime
    rows: list[int] = field(default_factory=list)
    declared: list[IdeaDeclared] = field(default_factory=list)
    events: list[Encoded] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)
    refused: list[tuple[int, Fault]] = field(default_factory=list)
    replayed: int = 0


Noted = Callable[[int, IdeaDeclared], None]
"""Told the row's number and what was declared in it."""


class Intake:
    """Records the rows of one file for one sender, a batch at a time."""

    def __init__(
        self,
        ledger: Ledger,
        directory: Directory,
        vault: Vaulted,
        *,
        sender: str,
        by: Actor,
        language: Language,
        simulate_clock: bool = False,
        dry_run: bool = False,
        noted: Noted | None = None,
    ) -> None:
        """`noted` is told of every row that is or would be recorded."""
        self._ledger = ledger
        self._directory = directory
        self._lot = vault if isinstance(vault, Lot) else Lot(vault)
        self._sender = sender
        self._by = by
        self._language: Language = language
        self._simulate = simulate_clock
        self._dry_run = dry_run
        self._noted = noted
        self._errors: list[RowFault] = []
        self._warnings: list[RowFault] = []
        self._read = self._accepted = self._replayed = self._rejected = 0
        self._texts: dict[bytes, int] = {}
        self._seen: dict[str, bytes] = {}
        self._clock = ledger.now()
        self._present = ledger.clock()

    def record(self, rows: Iterable[Row]) -> Report:
        """Take every row to its end: recorded, found on record already, or refused with its reasons."""
        waiting = iter(rows)
        while batch := list(islice(waiting, BATCH)):
            try:
                self._batch(batch)
            except Unavailable as problem:
                raise StoppedMidway(self._accepted, problem) from problem
        return Report(
            self._read,
            self._accepted,
            self._replayed,
            self._rejected,
            tuple(sorted(self._errors)),
            tuple(self._warnings),
        )

    def _batch(self, batch: list[Row]) -> None:
        # Who was erased meanwhile is sealed under a new key, and who moved is judged where it now stands.
        self._directory.catch_up()
        self._read += len(batch)
        good: list[Keyed] = []
        for row in batch:
            if row.declaration is None:
                self._refuse(row.number, row.faults)
            else:
                self._warn_of_same_text(row.number, row.declaration)
                good.append(
                    Keyed(
                        row.number,
                        row.declaration,
                        claim_name(self._sender, row.declaration.external_id),
                        fingerprint(row.declaration, self._lot),
                    )
                )
        while True:
            decided = self._decide(good)
            try:
                if not self._dry_run and decided.events:
                    self._ledger.append(
                        *decided.events, claims=decided.claims, moments=decided.moments
                    )
            except AlreadyClaimed:
                # Another process recorded one of these in between; deciding again finds it on record.
                continue
            break
        self._clock = decided.clock
        self._seen.update((claim.name, claim.digest) for claim in decided.claims)
        self._accepted += len(decided.events)
        if self._noted is not None:
            for number, event in zip(decided.rows, decided.declared, strict=True):
                self._noted(number, event)
        self._replayed += decided.replayed
        for number, fault in decided.refused:
            self._refuse(number, (fault,))

    def _decide(self, good: list[Keyed]) -> Decided:
        on_record = {
            name: found.digest
            for name, found in self._ledger.claimed([keyed.name for keyed in good]).items()
        }
        on_record.update((k.name, self._seen[k.name]) for k in good if k.name in self._seen)
        tree = self._directory.tree()
        now = self._ledger.now()
        decided = Decided(self._clock if self._simulate else now)
        for number, declaration, name, digest in good:
            known = on_record.get(name)
            if known == digest:
                decided.replayed += 1
                continue
            if known is not None:
                decided.refused.append(
                    (
                        number,
                        Fault(
                            "external_id",
                            DeclaredOtherwise.code,
                            message("conflict", self._language),
                        ),
                    )
                )
                continue
            # History is loaded up to the real present; what is filed after that is as wrong as in daily use.
            at = (
                max(decided.clock, min(declaration.filed_at, self._present))
                if self._simulate
                else now
            )
            try:
                event = self._declare(declaration, tree, at)
            except Refusal as refusal:
                decided.refused.append((number, self._fault_of(refusal)))
                continue
            on_record[name] = digest
            decided.clock = at
            decided.rows.append(number)
            # Written at once, while all of it is at hand; of thousands decided before, little would be in the cache.
            encoded = encode(event)
            if self._noted is not None:
                decided.declared.append(event)
            decided.events.append(encoded)
            decided.claims.append(Claim(name, digest, encoded))
            decided.moments.append(at)
        return decided

    def _declare(self, declaration: Declaration, tree: Tree, at: datetime) -> IdeaDeclared:
        return Idea.declare(
            self._ledger.new_id(),
            declaration,
            sender=self._sender,
            terms=self._directory.terms(declaration.programme),
            tree=tree,
            seals=self._lot,
            by=self._by,
            at=at,
            late_after=timedelta(0) if self._simulate else LATE_AFTER,
        )

    def _fault_of(self, refusal: Refusal) -> Fault:
        field = refusal.facts.get("field")
        if field is None and isinstance(refusal, NotFound):
            field = next((f for f in ("unit", "programme") if f in refusal.facts), "")
        return Fault(
            str(field or ""), refusal.code, message(refusal.code, self._language, **refusal.facts)
        )

    def _refuse(self, number: int, found: Iterable[Fault]) -> None:
        self._rejected += 1
        self._errors += [RowFault(number, *fault) for fault in found]

    def _warn_of_same_text(self, number: int, declaration: Declaration) -> None:
        digest = hashlib.blake2b(
            f"{declaration.title}\x1f{declaration.solution}".encode(), digest_size=16
        ).digest()
        first = self._texts.setdefault(digest, number)
        if first != number:
            self._warnings.append(
                RowFault(
                    number,
                    "solution",
                    "same-text",
                    message("same-text", self._language, first=first),
                )
            )
