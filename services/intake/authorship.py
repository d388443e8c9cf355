"""Who made an idea, as the ledger may keep it: each author under a pseudonym, the name sealed."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from shared.built import built
from shared.declaration import Author, SealedAuthor


class Seals(Protocol):
    """What seals personal data: the vault."""

    def pseudonym(self, sender: str, person: str) -> UUID: ...
    def seal(self, person: UUID, plain: str) -> str: ...
    def unseal(self, person: UUID, sealed: str) -> str | None: ...


def sealed(authors: tuple[Author, ...], sender: str, seals: Seals) -> tuple[SealedAuthor, ...]:
    """The authors as they are put on record."""
    result = []
    for author in authors:
        person = seals.pseudonym(sender, author.person)
        result.append(
            built(
                SealedAuthor,
                {
                    "person": person,
                    "sealed_name": seals.seal(person, author.name),
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
