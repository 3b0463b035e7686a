"""Field encryption and keyed hashes. Called by everything in ``records`` that stores or looks up personal data.

Fields are sealed with AES-256-GCM, bound to the row they belong to, under a key named in the sealed bytes. Look-ups
(A-numbers, senders' ids) and the audit chain use HMAC-SHA-256, the digests inside its entries and what is searched by
BLAKE2b, under keys derived from a root: a key whose hashes stand in the record. Which keys seal and which are roots is
the record's to say (``records.keys``); this only does as it is told. It never logs, and its errors never hold what
was sealed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE, _TAG = 12, 16


class KeysError(ValueError):
    """The configured keys cannot be used; the message says which part is wrong and never holds a key."""


class UnsealError(ValueError):
    """Sealed bytes cannot be opened: ``code`` is ``unknown_key`` (this process does not have it) or ``damaged``.

    Damaged are bytes that were changed, cut off, never sealed, or sealed for another row.
    """

    def __init__(self, code: Literal["unknown_key", "damaged"]) -> None:
        super().__init__(code)
        self.code: Literal["unknown_key", "damaged"] = code


@dataclass(frozen=True, slots=True)
class Roles:
    """``seals`` seals; all ``roots``, oldest first, are looked under; ``root`` is new rows'."""

    seals: str
    roots: tuple[str, ...]
    root: str


@dataclass(frozen=True, slots=True)
class _Key:
    mark: bytes
    cipher: AESGCM
    look_up: bytes
    chain: bytes
    cookie: bytes
    search: bytes
    fingerprint: str

    @classmethod
    def of(cls, name: str, key: bytes) -> _Key:
        return cls(
            mark=mark_of(name),
            cipher=AESGCM(key),
            look_up=_derived(key, b"look-up"),
            chain=_derived(key, b"audit chain"),
            cookie=_derived(key, b"session cookie"),
            search=_derived(key, b"search"),
            fingerprint=_derived(key, b"fingerprint").hex(),
        )


class Vault:
    """Seals and opens fields; makes the keyed hashes. One a process: what it learns later, all who hold it know.

    ``keys`` maps key ids to 32-byte keys, newest first. Until the record says otherwise the first one seals and the
    last one is the root.
    """

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise KeysError("no encryption key is configured")
        for name, key in keys.items():
            if len(key) != 32:
                raise KeysError(f"encryption key {name!r} must be 32 bytes")
        self._keys = {name: _Key.of(name, key) for name, key in keys.items()}
        self._by_mark = {name.encode(): key.cipher for name, key in self._keys.items()}
        names = list(self._keys)
        self.roles = Roles(names[0], (names[-1],), names[-1])
        self.followed_at: float | None = None

    @classmethod
    def from_text(cls, text: str) -> Vault:
        """Keys as in ``SECONDLOOK_ENCRYPTION_KEYS``: ``id:base64,id:base64``, newest first. Raises KeysError."""
        return cls(read_keys(text))

    @classmethod
    def from_file(cls, path: Path) -> Vault:
        """The keys of a data folder's key file. Raises KeysError, and FileNotFoundError where there is none."""
        return cls.from_text(path.read_text().strip())

    @property
    def fingerprints(self) -> dict[str, str]:
        """What tells a key apart from another of the same name, and does not give it away. In the keys' order."""
        return {name: key.fingerprint for name, key in self._keys.items()}

    def follow(self, roles: Roles, at: float) -> None:
        """Do as the record says; ``at`` is when it said so, on the monotonic clock."""
        self.roles, self.followed_at = roles, at

    def learn(self, keys: Mapping[str, bytes]) -> None:
        """Take keys that were added since. One of a name that is known stays as it is."""
        for name, key in Vault(keys)._keys.items():
            self._keys.setdefault(name, key)
            self._by_mark.setdefault(name.encode(), self._keys[name].cipher)

    def seal(self, value: object, row: str) -> bytes:
        """Encrypt a JSON value for one row (``"cases.facts/<id>"``)."""
        return self.seal_text(orjson.dumps(value), row)

    def seal_text(self, text: bytes, row: str) -> bytes:
        """The same of a value that is written as JSON already."""
        nonce = os.urandom(_NONCE)
        key = self._keys[self.roles.seals]
        return key.mark + nonce + key.cipher.encrypt(nonce, text, row.encode())

    def open(self, sealed: bytes, row: str) -> object:
        """Decrypt what ``seal`` made for the same row. Raises UnsealError."""
        try:
            return orjson.loads(self.open_text(sealed, row))
        except ValueError as problem:
            raise problem if isinstance(problem, UnsealError) else UnsealError("damaged") from None

    def open_text(self, sealed: bytes, row: str) -> bytes:
        """The JSON that was sealed, byte for byte. Raises UnsealError."""
        name_ends = 1 + int.from_bytes(sealed[:1], "big")
        name, rest = sealed[1:name_ends], sealed[name_ends:]
        if not name or len(rest) < _NONCE + _TAG:
            raise UnsealError("damaged")
        cipher = self._by_mark.get(name)
        if cipher is None:
            raise UnsealError("unknown_key")
        try:
            return cipher.decrypt(rest[:_NONCE], rest[_NONCE:], row.encode())
        except InvalidTag:
            raise UnsealError("damaged") from None

    @staticmethod
    def key_of(sealed: bytes) -> str:
        """The id of the key under which a value was sealed."""
        return sealed[1 : 1 + int.from_bytes(sealed[:1], "big")].decode(errors="replace")

    def lookup_hash(self, purpose: str, *parts: str | bytes, root: str | None = None) -> bytes:
        """A keyed hash for equality look-ups; parts are length-prefixed, so their borders count.

        ``root`` as a row names it: None is the oldest, under which stands what is never looked up under another.
        """
        return _hmac(self._keys[root or self.roles.roots[0]].look_up, purpose, parts)

    def chain_hash(self, *parts: str | bytes, root: str | None = None) -> bytes:
        """A keyed hash for the audit chain, under the root that the entry names."""
        return _hmac(self._keys[root or self.roles.roots[0]].chain, "audit", parts)

    def after_hash(self, what: str, text: bytes, root: str | None) -> str:
        """A keyed digest of what an audit entry leaves behind, under the entry's root.

        Several go into each entry, so it is BLAKE2b, whose key costs nothing; ``what`` is at most 16 characters.
        """
        key = self._keys[root or self.roles.roots[0]].chain
        return hashlib.blake2b(text, digest_size=16, key=key, person=what.encode()).hexdigest()

    def search_hash(self, purpose: str, office: str, root: str | None) -> hashlib.blake2b:
        """A keyed hash, begun for one office, by which names or numbers are searched; ``root`` as a row names it."""
        key = self._keys[root or self.roles.roots[0]].search
        return hashlib.blake2b(office.encode() + b"\0", digest_size=16, key=key, person=purpose.encode())

    @property
    def root(self) -> str | None:
        """What new rows write as their root: None for the oldest one."""
        return None if self.roles.root == self.roles.roots[0] else self.roles.root

    @property
    def roots(self) -> tuple[str | None, ...]:
        """All roots under which something may stand, as rows name them."""
        return (None, *self.roles.roots[1:])

    @property
    def cookie_secret(self) -> str:
        """The secret that signs the web application's session cookies."""
        return self._keys[self.roles.roots[0]].cookie.hex()


def read_keys(text: str) -> dict[str, bytes]:
    """Keys as ``id:base64,id:base64``. Raises KeysError naming the part that is wrong."""
    keys: dict[str, bytes] = {}
    for number, part in enumerate(text.split(","), start=1):
        name, separator, encoded = part.strip().partition(":")
        if not separator or not name or len(name.encode()) > 40:
            raise KeysError(f"encryption key number {number} must be written as id:base64")
        if name in keys:
            raise KeysError(f"encryption key {name!r} is there twice")
        try:
            keys[name] = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise KeysError(f"encryption key {name!r} is not valid base64") from None
    return keys


def new_key(name: str) -> str:
    """A new random key, as it stands in the list."""
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


def write_key_file(path: Path, text: str) -> None:
    """Write the list of keys whole or not at all, for its owner alone (mode 0600), and durably."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def mark_of(name: str) -> bytes:
    """What a value that was sealed under this key begins with."""
    return bytes([len(name.encode())]) + name.encode()


def _hmac(key: bytes, purpose: str, parts: tuple[str | bytes, ...]) -> bytes:
    message = [purpose.encode(), b"\0"]
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        message += (len(raw).to_bytes(4, "big"), raw)
    return hmac.digest(key, b"".join(message), "sha256")


def _derived(root: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"secondlook " + purpose).derive(root)
