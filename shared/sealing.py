"""Sealing of names: under which pseudonym a person stands, and the keys that are made for it, without a place to keep them."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
KEY_ID_BYTES: Final = 8
NONCE_BYTES: Final = 12
KEPT_KEYS: Final = 200_000
VERSION_BITS: Final = 0xF << 76 | 0x3 << 62
VERSION_8: Final = 0x8 << 76 | 0x2 << 62

NewKey = tuple[str, bytes, bytes]
"""A person in hex, the key's id, and the key."""


def divided(sealed: str) -> tuple[bytes, bytes, bytes]:
    """A sealed value as the key's id, the nonce and the body."""
    raw = base64.urlsafe_b64decode(sealed)
    begins = KEY_ID_BYTES + NONCE_BYTES
    return raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:begins], raw[begins:]


class Sealing:
    """Seals what belongs to a person; the keys wait for the vault that will keep them."""

    def __init__(self, pepper: bytes, entropy: Callable[[int], bytes]) -> None:
        self._pepper = pepper
        self._entropy = entropy
        self._lock = threading.Lock()
        self._sealing: dict[UUID, tuple[bytes, AESGCM]] = {}
        self._pending: list[NewKey] = []
        self._pseudonyms: dict[tuple[str, str], UUID] = {}
        self.forgotten = 0
        """How often somebody was forgotten here."""

    def apart(self, entropy: Callable[[int], bytes]) -> Sealing:
        """A sealing under the same pseudonyms for somebody who hands over the keys that are made."""
        return Sealing(self._pepper, entropy)

    def pseudonym(self, sender: str, person: str) -> UUID:
        """The person's lasting name in the ledger: keyed, so that nobody can guess ids back from it."""
        known = self._pseudonyms.get((sender, person))
        if known is not None:
            return known
        digest = hashlib.blake2b(
            f"person\x1f{sender}\x1f{person}".encode(), key=self._pepper, digest_size=16
        ).digest()
        # RFC 9562, version 8: sixteen bytes of our own making, with the version and variant bits set.
        found = UUID(int=int.from_bytes(digest) & ~VERSION_BITS | VERSION_8)
        if len(self._pseudonyms) >= KEPT_KEYS:
            self._pseudonyms.clear()
        self._pseudonyms[sender, person] = found
        return found

    def fingerprint(self, content: bytes) -> bytes:
        """A keyed digest of a record with its names: tells the same from other without giving names away."""
        return hashlib.blake2b(content, key=self._pepper, digest_size=32).digest()

    def seal(self, person: UUID, plain: str) -> str:
        """The text under the person's key; a key made here waits to be put on disk."""
        with self._lock:
            kept = self._sealing.get(person)
            if kept is None:
                made = self._entropy(KEY_ID_BYTES + KEY_BYTES)
                key_id, key = made[:KEY_ID_BYTES], made[KEY_ID_BYTES:]
                kept = (key_id, AESGCM(key))
                self._pending.append((person.hex, key_id, key))
                if len(self._sealing) >= KEPT_KEYS:
                    self._sealing.clear()
                self._sealing[person] = kept
        key_id, cipher = kept
        nonce = self._entropy(NONCE_BYTES)
        sealed = cipher.encrypt(nonce, plain.encode(), person.bytes)
        return base64.urlsafe_b64encode(key_id + nonce + sealed).decode()

    def signed(self, sender: str, person: str, name: str) -> tuple[UUID, str]:
        """A person's pseudonym, and the name under the person's key."""
        pseudonym = self.pseudonym(sender, person)
        return pseudonym, self.seal(pseudonym, name)

    def unseal(self, person: UUID, sealed: str) -> str | None:
        """The text, if it was sealed under a key that is at hand. Raises LookupError if it was not."""
        key_id, nonce, body = divided(sealed)
        known_id, cipher = self._sealing[person]
        if known_id != key_id:
            raise LookupError("The key of this value is not at hand.")
        return cipher.decrypt(nonce, body, person.bytes).decode()

    def handed_over(self) -> list[NewKey]:
        """The new keys, for whoever keeps them; they wait here no more."""
        with self._lock:
            waiting, self._pending = self._pending, []
        return waiting

    def take_over(self, keys: Sequence[NewKey]) -> None:
        """Keep keys that were made elsewhere with those made here."""
        with self._lock:
            self._pending += keys

    def forget(self, person: str) -> None:
        """Drop a key that is kept in memory, because somebody erased the person."""
        with self._lock:
            self._sealing.pop(UUID(person), None)
            self.forgotten += 1
