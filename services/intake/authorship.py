"""Who made an idea, as the ledger may keep it: each author under a pseudonym, the name sealed."""

from __future__ import annotations

from typing import Final, Protocol
from uuid import UUID

from shared.built import built
from shared.declaration import Author, SealedAuthor

KEPT_PEOPLE: Final = 200_000


class Seals(Protocol):
    """What seals personal data, and tells the same record from another: the vault."""

    def fingerprint(self, content: bytes) -> bytes: ...
    def signed(self, sender: str, person: str, name: str) -> tuple[UUID, str]: ...
    def unseal(self, person: UUID, sealed: str) -> str | None: ...


class Vaulted(Seals, Protocol):
    """A vault that also says how often somebody was forgotten."""

    @property
    def forgotten(self) -> int: ...


class Lot:
    """The seals of a lot of declarations: whoever occurs in it again under the same name is put on record as before.

    The vault seals a name anew each time, so that nobody sees from outside whether it was spelled alike. Within a lot
    this would hide nothing, since a person's declarations stand together under one pseudonym, and sealing would be
    most of what a declaration costs.
    """

    def __init__(self, vault: Vaulted) -> None:
        self._vault = vault
        self._forgotten = vault.forgotten
        self._signed: dict[tuple[str, str], tuple[str, tuple[UUID, str]]] = {}
        self.unseal = vault.unseal
        self.fingerprint = vault.fingerprint

    @property
    def forgotten(self) -> int:
        """How often somebody was forgotten: what belongs to one lot may be handed in as several files."""
        return self._vault.forgotten

    def signed(self, sender: str, person: str, name: str) -> tuple[UUID, str]:
        """The pseudonym and the sealed name as put on record before, unless somebody was erased since."""
        if self._forgotten != self._vault.forgotten or len(self._signed) >= KEPT_PEOPLE:
            self._signed.clear()
            self._forgotten = self._vault.forgotten
        known = self._signed.get((sender, person))
        if known is not None and known[0] == name:
            return known[1]
        found = self._vault.signed(sender, person, name)
        self._signed[sender, person] = name, found
        return found


def sealed(authors: tuple[Author, ...], sender: str, seals: Seals) -> tuple[SealedAuthor, ...]:
    """The authors as they are put on record."""
    result = []
    for author in authors:
        person, sealed_name = seals.signed(sender, author.person, author.name)
        result.append(
            built(
                SealedAuthor,
                {
                    "person": person,
                    "sealed_name": sealed_name,
                    "share_percent": format(author.share_percent, "f"),
                    "holds_post": author.holds_post,
                    "worker_kind": author.worker_kind,
                },
            )
        )
    return tuple(result)


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
