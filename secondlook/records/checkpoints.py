"""Checkpoints: what the record held at a moment, signed, in a second place where whoever writes to the database cannot.

Each is a file of its own: a line a case that changed since the one before it (the head of its chain, and the events
that waited), sorted; and a first line with number, count of events, Merkle root (RFC 6962) over all cases and a
signature (Ed25519). Every hundredth holds all cases. Written by the supervisor of ``up`` and by ``secondlook audit
checkpoint``, compared by ``secondlook audit verify``. What the record does not hold any more stays among the cases
until an operator says that the record was restored. What came after the newest one can be cut off unnoticed. It never
changes the record, and a file that was written is never written again.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection, Row, collate, func, select

from secondlook.records import after
from secondlook.records.audit import Head
from secondlook.records.encryption import Vault
from secondlook.records.replay import Break
from secondlook.records.schema import audit, cases, inbox
from secondlook.records.verifying import wrong

_SUFFIX: Final = ".checkpoint"
_AT_ONCE: Final = 500
_FULL_EVERY: Final = 100
_EVENTS: Final = select(func.count()).select_from(inbox)
_EVENT_ROWS: Final = select(
    inbox.c.seq,
    inbox.c.event_id,
    inbox.c.case_id,
    inbox.c.type,
    inbox.c.received_at,
    inbox.c.sender_key,
    inbox.c.digest,
    inbox.c.root,
)
_HEADS: Final = select(cases.c.id, cases.c.audit_seq, cases.c.audit_head)


class CannotTrust(Exception):
    """The second place itself does not hold: a file is missing, changed, or signed with another key."""


class Signer:
    """The key that signs checkpoints."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @classmethod
    def of(cls, text: str) -> Signer:
        """The key as its file holds it: base64 of 32 bytes. Raises ValueError."""
        return cls(base64.b64decode(text.strip(), validate=True))

    def sign(self, text: bytes) -> str:
        return self._key.sign(text).hex()

    @property
    def public(self) -> str:
        """The public part, as operators keep it apart from everything else."""
        return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()


def new_seed() -> str:
    """A new key, as its file holds it."""
    return base64.b64encode(os.urandom(32)).decode()


@dataclass(frozen=True, slots=True)
class Leaf:
    """One case at a checkpoint: its chain's head, and the events that waited, each with its digest."""

    case_id: str
    seq: int
    head: str
    waiting: tuple[str, ...] = ()

    @property
    def line(self) -> bytes:
        return " ".join([self.case_id, str(self.seq), self.head, *self.waiting]).encode()

    @classmethod
    def read(cls, line: bytes) -> Leaf:
        case_id, seq, head, *waiting = line.decode().split(" ")
        return cls(case_id, int(seq), head, tuple(waiting))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The signed line of one."""

    number: int
    at: str
    cases: int
    events: int
    root: str
    lines: str
    before: str
    full: bool
    restored: str | None = None
    """Who says that the record was restored from a copy, and why: what it held before counts no more."""

    @property
    def text(self) -> bytes:
        """What is signed."""
        return orjson.dumps(self)

    @property
    def words(self) -> str:
        return f"checkpoint {self.number} of {self.at[:19]}"


class Place:
    """The folder of checkpoints."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def newest(self) -> Checkpoint | None:
        """The newest one, unchecked."""
        files = self._files()
        return _read_first(files[-1])[0] if files else None

    def check(self, public: str) -> list[Checkpoint]:
        """All of them, oldest first, each as it was signed and none missing between. Raises CannotTrust."""
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public))
        found: list[Checkpoint] = []
        before = ""
        for number, path in enumerate(self._files(), start=1):
            checkpoint, signature = _read_first(path)
            try:
                key.verify(bytes.fromhex(signature), checkpoint.text)
            except (InvalidSignature, ValueError):
                raise CannotTrust(f"{path.name} was changed, or is signed with another key") from None
            if checkpoint.number != number or checkpoint.before != before:
                raise CannotTrust(f"a checkpoint before {path.name} is missing or was exchanged")
            before = hashlib.sha256(checkpoint.text).hexdigest()
            found.append(checkpoint)
        for path, checkpoint in self._since_full():
            if _lines_digest(_lines(path)) != checkpoint.lines:
                raise CannotTrust(f"{path.name} was changed")
        return found

    def leaves(self) -> Iterator[Leaf]:
        """Each case as the newest checkpoint that speaks of it has it, by case."""
        streams = [
            ((line.split(b" ", 1)[0], checkpoint.number, line) for line in _lines(path))
            for path, checkpoint in self._since_full()
        ]
        for _, same in groupby(heapq.merge(*streams), key=lambda each: each[0]):
            *_, (_, _, line) = same
            yield Leaf.read(line)

    def _since_full(self) -> list[tuple[Path, Checkpoint]]:
        found: list[tuple[Path, Checkpoint]] = []
        for path in reversed(self._files()):
            found.append((path, _read_first(path)[0]))
            if found[-1][1].full:
                break
        return found[::-1]

    def write(self, checkpoint: Checkpoint, signature: str, lines: Iterable[bytes]) -> Path:
        """Write one, whole or not at all."""
        target = self.folder / f"{checkpoint.number:08}{_SUFFIX}"
        draft = target.with_suffix(".new")
        with draft.open("wb") as file:
            file.write(orjson.dumps({**asdict(checkpoint), "signature": signature}) + b"\n")
            file.writelines(line + b"\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, target)
        draft.unlink()
        return target

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob(f"*{_SUFFIX}"))


@dataclass(slots=True)
class Taken:
    """``checkpoint`` is None where nothing changed since the last one. ``broken`` is what was found on the way."""

    checkpoint: Checkpoint | None
    checked: int
    broken: list[Break]


def take(
    connection: Connection,
    vault: Vault,
    place: Place,
    signer: Signer,
    now: datetime,
    *,
    at_most: int = 0,
    restored: str | None = None,
) -> Taken:
    """Write a checkpoint of the record as this reading sees it; of the cases that changed, replay ``at_most`` so many.

    What is gone since the newest one stays as it was, unless ``restored`` says who knows why. Raises CannotTrust or
    OSError.
    """
    before = place.newest()
    full = before is None or before.number % _FULL_EVERY == 0 or restored is not None
    old = place.leaves() if before is not None and restored is None else iter(())
    tree, taken, lines = _Tree(), Taken(None, 0, []), []
    pairs = _paired(old, _standing(connection, vault))
    while batch := list(islice(pairs, _AT_ONCE)):
        changed = [(was, is_) for was, is_ in batch if was != is_]
        gone = [] if before is None else list(_compare(connection, vault, [was for was, _ in changed if was], before))
        replayed = [is_.case_id for _, is_ in changed if is_][: at_most - taken.checked]
        taken.checked += len(replayed)
        told_wrong = list(wrong(connection, vault, replayed))
        taken.broken += {each.case_id: each for each in (*told_wrong, *gone)}.values()
        kept = {each.case_id for each in gone}
        for was, is_ in batch:
            leaf = was if is_ is None or (was is not None and was.case_id in kept) else is_
            assert leaf is not None  # noqa: S101
            tree.add(leaf.line)
            if full or leaf != was:
                lines.append(leaf.line)
    if not lines and not full:
        return taken
    taken.checkpoint = Checkpoint(
        number=before.number + 1 if before else 1,
        at=now.isoformat(),
        cases=tree.size,
        events=connection.execute(_EVENTS).scalar_one(),
        root=tree.root,
        lines=_lines_digest(lines),
        before=hashlib.sha256(before.text).hexdigest() if before else "",
        full=full,
        restored=restored,
    )
    place.write(taken.checkpoint, signer.sign(taken.checkpoint.text), lines)
    return taken


def verify_changed(connection: Connection, vault: Vault, place: Place) -> Taken:
    """Check the cases that changed since the newest checkpoint, and what is gone since. Raises CannotTrust."""
    newest, taken = place.newest(), Taken(None, 0, [])
    pairs = _paired(place.leaves(), _standing(connection, vault))
    while batch := list(islice(pairs, _AT_ONCE)):
        changed = [(was, now) for was, now in batch if was != now]
        ids = [now.case_id for _, now in changed if now]
        taken.checked += len(ids)
        gone = _compare(connection, vault, [was for was, _ in changed if was], newest) if newest else ()
        taken.broken += {each.case_id: each for each in (*wrong(connection, vault, ids), *gone)}.values()
    return taken


def _paired(old: Iterator[Leaf], new: Iterator[Leaf]) -> Iterator[tuple[Leaf | None, Leaf | None]]:
    """Each case as it was and as it is; both come sorted."""
    was, is_ = next(old, None), next(new, None)
    while was is not None or is_ is not None:
        if is_ is None or (was is not None and was.case_id < is_.case_id):
            yield was, None
            was = next(old, None)
        elif was is None or is_.case_id < was.case_id:
            yield None, is_
            is_ = next(new, None)
        else:
            yield was, is_
            was, is_ = next(old, None), next(new, None)


def compare(connection: Connection, vault: Vault, place: Place, newest: Checkpoint) -> Iterator[Break]:
    """What the record does not hold any more of what it held at the newest checkpoint, by case. Raises CannotTrust."""
    tree = _Tree()
    leaves = place.leaves()
    while batch := list(islice(leaves, _AT_ONCE)):
        for leaf in batch:
            tree.add(leaf.line)
        yield from _compare(connection, vault, batch, newest)
    if tree.root != newest.root:
        raise CannotTrust("the checkpoints together do not give the newest one's root")
    missing = newest.events - connection.execute(_EVENTS).scalar_one()
    if missing > 0:
        yield Break("", 0, f"{missing} events are gone that were there at {newest.words}")


def _compare(connection: Connection, vault: Vault, batch: Sequence[Leaf], newest: Checkpoint) -> Iterator[Break]:
    ids = [leaf.case_id for leaf in batch]
    heads = {
        row.id: Head(row.audit_seq, row.audit_head)
        for row in connection.execute(
            select(cases.c.id, cases.c.audit_seq, cases.c.audit_head).where(cases.c.id.in_(ids))
        )
    }
    moved = [leaf for leaf in batch if leaf.case_id in heads and heads[leaf.case_id].hash.hex() != leaf.head]
    entries = _hashes(connection, moved)
    waited = {
        row.event_id: row
        for row in connection.execute(
            _EVENT_ROWS.where(inbox.c.event_id.in_([each.split("=")[0] for leaf in batch for each in leaf.waiting]))
        )
    }
    at = newest.words
    for leaf in batch:
        if leaf.case_id not in heads:
            yield Break(leaf.case_id, 0, f"the case was deleted: it was there at {at}")
        elif leaf in moved and leaf.seq and entries.get((leaf.case_id, leaf.seq)) != leaf.head:
            yield Break(leaf.case_id, leaf.seq, f"entries are gone or others that were there at {at}")
        else:
            for each in leaf.waiting:
                event_id, _, digest = each.partition("=")
                row = waited.get(event_id)
                if row is None or row.case_id != leaf.case_id:
                    yield Break(leaf.case_id, 0, f"the event {event_id} was deleted: it waited at {at}")
                elif _waiting_digest(vault, row) != digest:
                    yield Break(leaf.case_id, 0, f"the event {event_id} was changed since {at}")


def _hashes(connection: Connection, leaves: Sequence[Leaf]) -> dict[tuple[str, int], str]:
    """The hashes of all entries of some cases."""
    ids = [leaf.case_id for leaf in leaves]
    rows = connection.execute(select(audit.c.case_id, audit.c.seq, audit.c.hash).where(audit.c.case_id.in_(ids)))
    return {(row.case_id, row.seq): row.hash.hex() for row in rows}


def _standing(connection: Connection, vault: Vault) -> Iterator[Leaf]:
    """Each case as it is now, by case in the order of its letters' codes."""
    waiting: dict[str, list[str]] = {}
    for row in connection.execute(_EVENT_ROWS.where(inbox.c.state == "pending").order_by(inbox.c.seq)):
        waiting.setdefault(row.case_id, []).append(f"{row.event_id}={_waiting_digest(vault, row)}")
    order: Any = cases.c.id if connection.dialect.name == "sqlite" else collate(cases.c.id, "C")
    for case in connection.execute(_HEADS.order_by(order).execution_options(yield_per=5000)):
        yield Leaf(case.id, case.audit_seq, case.audit_head.hex(), tuple(waiting.get(case.id, ())))


def _waiting_digest(vault: Vault, row: Row[*tuple[Any, ...]]) -> str:
    """What the inbox says of an event that waits. Content is written once and sealed for its row alone."""
    return vault.after_hash("waiting", after.event(vault, row._mapping, None).encode() + row.digest, None)


class _Tree:
    """A Merkle tree's root (RFC 6962, section 2.1) from its leaves in turn, in memory that does not grow with them."""

    def __init__(self) -> None:
        self.size = 0
        self._whole: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        node = hashlib.sha256(b"\0" + leaf).digest()
        self.size += 1
        size = self.size
        while size % 2 == 0:
            node = hashlib.sha256(b"\1" + self._whole.pop() + node).digest()
            size //= 2
        self._whole.append(node)

    @property
    def root(self) -> str:
        if not self._whole:
            return hashlib.sha256().hexdigest()
        node = self._whole[-1]
        for left in reversed(self._whole[:-1]):
            node = hashlib.sha256(b"\1" + left + node).digest()
        return node.hex()


def _lines_digest(lines: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line + b"\n")
    return digest.hexdigest()


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        next(file, b"")
        for line in file:
            yield line.rstrip(b"\n")


def _read_first(path: Path) -> tuple[Checkpoint, str]:
    """Raises CannotTrust."""
    try:
        with path.open("rb") as file:
            first = orjson.loads(file.readline())
        signature = first.pop("signature")
        return Checkpoint(**first), signature
    except (ValueError, TypeError, KeyError, AttributeError):
        raise CannotTrust(f"{path.name} was changed") from None
