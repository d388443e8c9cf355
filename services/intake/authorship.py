"""Who made an idea, as the ledger may keep it: each author under a pseudonym, the name sealed."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Protocol
from uuid import UUID

from shared.built import built
from shared.declaration import Author, SealedAuthor

KEPT_AUTHORS: Final = 100_000


class Seals(Protocol):
    """What seals personal data, and tells the same record from another: the vault."""

    def fingerprint(self, content: bytes) -> bytes: ...
    def pseudonym(self, sender: str, person: str) -> UUID: ...
    def seal(self, person: UUID, plain: str) -> str: ...
    def unseal(self, person: UUID, sealed: str) -> str | None: ...


class Vaulted(Seals, Protocol):
    """A vault that also says how often somebody was forgotten."""

    forgotten: int


class Lot:
    """The seals of a lot of declarations: an author who occurs in it again is put on record as before.

    The vault seals a name anew each time, so that nobody sees from outside whether it was spelled alike. Within a lot
    this would hide nothing, since a person's declarations stand together under one pseudonym, and sealing would be
    most of what a declaration costs.
    """

    def __init__(self, vault: Vaulted) -> None:
        self._vault = vault
        self._forgotten = vault.forgotten
        self._authors: dict[tuple[str, str, Decimal], tuple[dict[str, object], SealedAuthor]] = {}
        self._names: dict[UUID, tuple[str, str]] = {}
        self.pseudonym = vault.pseudonym
        self.unseal = vault.unseal
        self.fingerprint = vault.fingerprint

    def author(self, author: Author, sender: str) -> SealedAuthor:
        """The author as put on record before, unless something of it is another now or somebody was erased since."""
        if self._forgotten != self._vault.forgotten or len(self._authors) >= KEPT_AUTHORS:
            self._authors.clear()
            self._names.clear()
            self._forgotten = self._vault.forgotten
        place = (sender, author.person, author.share_percent)
        known = self._authors.get(place)
        if known is not None and known[0] == author.__dict__:
            return known[1]
        found = _sealed(author, sender, self)
        self._authors[place] = author.__dict__, found
        return found

    def seal(self, person: UUID, plain: str) -> str:
        """The name as it was sealed before, where it is the same."""
        known = self._names.get(person)
        if known is not None and known[0] == plain:
            return known[1]
        found = self._vault.seal(person, plain)
        self._names[person] = plain, found
        return found


def sealed(authors: tuple[Author, ...], sender: str, seals: Seals) -> tuple[SealedAuthor, ...]:
    """The authors as they are put on record."""
    if isinstance(seals, Lot):
        return tuple([seals.author(author, sender) for author in authors])
    return tuple([_sealed(author, sender, seals) for author in authors])


def _sealed(author: Author, sender: str, seals: Seals) -> SealedAuthor:
    person = seals.pseudonym(sender, author.person)
    return built(
        SealedAuthor,
        {
            "person": person,
            "sealed_name": seals.seal(person, author.name),
            "share_percent": format(author.share_percent, "f"),
            "holds_post": author.holds_post,
            "worker_kind": author.worker_kind,
        },
    )


def same(
    known: tuple[SealedAuthor, ...],
    again: tuple[SealedAuthor, ...],
    named: tuple[Author, ...],
    seals: Seals,
) -> bool:
    """Whether authors sealed again, who were named so, are those on record, names and all."""

    def marks(author: SealedAuthor) -> tuple[object, ...]:
        return (author.person, author.share_percent, author.holds_post, author.worker_kind)

    return list(map(marks, again)) == list(map(marks, known)) and all(
        seals.unseal(on_record.person, on_record.sealed_name) == author.name
        for author, on_record in zip(named, known, strict=True)
    )
