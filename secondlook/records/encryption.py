"""Field encryption and keyed hashes. Called by everything in ``records`` that stores or looks up personal data.

Fields are sealed with AES-256-GCM, bound to the row they belong to, under a key named in the sealed bytes, so keys can
be rotated. Look-ups (A-numbers, senders' ids) and the audit chain use HMAC-SHA-256 under keys derived from the oldest
key, which therefore must stay in the list. It never logs, and its errors never hold what was sealed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from pathlib import Path
from typing import Literal

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


class KeysError(ValueError):
    """The configured keys cannot be used; the message says which part is wrong and never holds a key."""


class UnsealError(ValueError):
    """Sealed bytes cannot be opened: ``code`` is ``unknown_key`` (this process does not have it) or ``damaged``.

    Damaged are bytes that were changed, cut off, never sealed, or sealed for another row.
    """

    def __init__(self, code: Literal["unknown_key", "damaged"]) -> None:
        super().__init__(code)
        self.code: Literal["unknown_key", "damaged"] = code


class Vault:
    """Seals and opens fields; makes the keyed hashes.

    ``keys`` maps key ids to 32-byte keys, newest first: the first one seals, all of them open, the last one is the root
    of the keyed hashes.
    """

    def __init__(self, keys: dict[str, bytes]) -> None:
        if not keys:
            raise KeysError("no encryption key is configured")
        for name, key in keys.items():
            if len(key) != 32:
                raise KeysError(f"encryption key {name!r} must be 32 bytes")
        self._ciphers = {name.encode(): AESGCM(key) for name, key in keys.items()}
        self._primary = next(iter(self._ciphers))
        root = list(keys.values())[-1]
        self._lookup = _derived(root, b"look-up")
        self._chain = _derived(root, b"audit chain")
        self._cookie = _derived(root, b"session cookie")

    @classmethod
    def from_text(cls, text: str) -> Vault:
        """Keys as in ``SECONDLOOK_ENCRYPTION_KEYS``: ``id:base64,id:base64``, newest first."""
        keys: dict[str, bytes] = {}
        for number, part in enumerate(text.split(","), start=1):
            name, separator, encoded = part.strip().partition(":")
            if not separator or not name or len(name) > 40:
                raise KeysError(f"encryption key number {number} must be written as id:base64")
            try:
                keys[name] = base64.b64decode(encoded, validate=True)
            except binascii.Error:
                raise KeysError(f"encryption key {name!r} is not valid base64") from None
        return cls(keys)

    @classmethod
    def from_file(cls, path: Path) -> Vault:
        """Read the key file of a data folder, making it (mode 0600) where it does not exist yet."""
        if not path.exists():
            made = base64.b64encode(os.urandom(32)).decode()
            draft = path.with_name(f"{path.name}.{os.getpid()}")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(f"k1:{made}\n")
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return cls.from_text(path.read_text().strip())

    def seal(self, value: object, row: str) -> bytes:
        """Encrypt a JSON value for one row (``"cases.facts/<id>"``)."""
        nonce = os.urandom(_NONCE)
        name = self._primary
        sealed = self._ciphers[name].encrypt(nonce, orjson.dumps(value), row.encode())
        return bytes([len(name)]) + name + nonce + sealed

    def open(self, sealed: bytes, row: str) -> object:
        """Decrypt what ``seal`` made for the same row. Raises UnsealError."""
        name_ends = 1 + int.from_bytes(sealed[:1], "big")
        name, rest = sealed[1:name_ends], sealed[name_ends:]
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise UnsealError("unknown_key")
        try:
            return orjson.loads(cipher.decrypt(rest[:_NONCE], rest[_NONCE:], row.encode()))
        except (InvalidTag, ValueError):
            raise UnsealError("damaged") from None

    def lookup_hash(self, purpose: str, *parts: str | bytes) -> bytes:
        """A keyed hash for equality look-ups; parts are length-prefixed, so their borders count."""
        return _hmac(self._lookup, purpose, parts)

    def chain_hash(self, *parts: str | bytes) -> bytes:
        """A keyed hash for the audit chain."""
        return _hmac(self._chain, "audit", parts)

    @property
    def cookie_secret(self) -> str:
        """The secret that signs the web application's session cookies."""
        return self._cookie.hex()


def _hmac(key: bytes, purpose: str, parts: tuple[str | bytes, ...]) -> bytes:
    mac = hmac.new(key, purpose.encode() + b"\0", hashlib.sha256)
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        mac.update(len(raw).to_bytes(4, "big"))
        mac.update(raw)
    return mac.digest()


def _derived(root: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"secondlook " + purpose).derive(root)
