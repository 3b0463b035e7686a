"""What outside sources were asked for each case: what is due, what an answer does, when a silent one is asked again.

Called by the judging transaction (what is due), by the activities that ask (what came of it) and by the reconciler.
An answer becomes a facts event in the inbox, in the transaction that marks the source as answered; nothing is judged
here. A source answers a case once: whatever runs again finds that and writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from secondlook.cases.event_type import Urgency
from secondlook.cases.event_types.facts_updated import FACTS_UPDATED
from secondlook.cases.events import parse_event
from secondlook.cases.identity import CaseKey, Identity
from secondlook.cases.lifecycle import final_stages
from secondlook.cases.stages.screening import SCREENING
from secondlook.cases.state import CaseState
from secondlook.records.encryption import Vault
from secondlook.records.inbox import accept
from secondlook.records.schema import cases, source_asks
from secondlook.records.store import epoch as current_epoch
from secondlook.sources.configured import Source

SOURCE = "secondlook:source/"
_LONGEST_WAIT = timedelta(days=1)
_RUN_LOOKS = timedelta(seconds=15)
_FINAL = final_stages()


@dataclass(frozen=True, slots=True)
class Ask:
    """One source to be asked for one case; ``number`` counts from 0 how often it was asked to no avail."""

    source: Source
    number: int


def due(connection: Connection, case_id: str, state: CaseState, sources: Sequence[Source], now: datetime) -> list[Ask]:
    """What is to be asked for a case, in the order of the configuration. The caller holds the case's lock.

    In ``screening`` every source is; later only one whose silence is to be made up for.
    """
    if not sources or state.final:
        return []
    rows = connection.execute(
        select(source_asks.c.source, source_asks.c.state, source_asks.c.tries).where(source_asks.c.case_id == case_id)
    )
    tries = {row.source: row.tries if row.state == "due" else None for row in rows}
    fresh = [source.name for source in sources if source.name not in tries] if state.stage == SCREENING else []
    if fresh:
        start = {"case_id": case_id, "state": "due", "tries": 0, "asked_at": now}
        connection.execute(insert(source_asks), [{**start, "source": name} for name in fresh])
        tries |= dict.fromkeys(fresh, 0)
    return [Ask(source, number) for source in sources if (number := tries.get(source.name)) is not None]


def whom(connection: Connection, vault: Vault, case_id: str, source: str) -> CaseKey | None:
    """Whom a source is asked about; None where it is not to be asked (any more). Raises CannotRead or UnsealError."""
    sealed = connection.execute(
        select(cases.c.identity)
        .join(source_asks, source_asks.c.case_id == cases.c.id)
        .where(
            cases.c.id == case_id,
            cases.c.stage.not_in(_FINAL),
            source_asks.c.source == source,
            source_asks.c.state == "due",
        )
    ).scalar_one_or_none()
    if sealed is None:
        return None
    return Identity.of(vault.open(sealed, f"cases.identity/{case_id}")).key


def answered(
    connection: Connection,
    vault: Vault,
    case_id: str,
    epoch: int,
    source: str,
    facts: dict[str, object],
    now: datetime,
) -> bool:
    """Take a source's answer, once for ever; whether it was taken. An ended case takes none."""
    row = _locked(connection, case_id, epoch, source)
    if row is None or row.state == "answered":
        return False
    _accept(connection, vault, case_id, source, row.tries, facts, now)
    _mark(connection, case_id, source, now, state="answered", tries=row.tries + 1, ask_again_at=None)
    return True


def unavailable(
    connection: Connection, vault: Vault, case_id: str, epoch: int, source: Source, number: int, now: datetime
) -> bool:
    """Note that a source stayed silent when it was asked for the ``number``-th time; whether that was news.

    The first silence says of its facts that the source was not available; later ones change nothing of the case.
    """
    row = _locked(connection, case_id, epoch, source.name)
    if row is None or row.state != "due" or row.tries != number:
        return False
    if number == 0:
        silent: dict[str, object] = {fact: {"unknown": "source_unavailable"} for fact in source.facts}
        _accept(connection, vault, case_id, source.name, number, silent, now)
    again = now + min(source.ask_again * 2 ** min(number, 20), _LONGEST_WAIT)
    _mark(connection, case_id, source.name, now, state="unavailable", tries=number + 1, ask_again_at=again)
    return True


def ask_again(connection: Connection, now: datetime, limit: int) -> int:
    """Have sources asked again whose time has come, for at most ``limit`` cases; answers for how many."""
    waiting = (
        select(source_asks.c.case_id)
        .where(source_asks.c.ask_again_at <= now)
        .order_by(source_asks.c.ask_again_at)
        .limit(limit)
    )
    found = connection.execute(
        select(cases.c.id, cases.c.stage)
        .where(cases.c.id.in_(waiting))
        .with_for_update(key_share=True, skip_locked=True)
    ).all()
    ended = [row.id for row in found if row.stage in _FINAL]
    still_open = [row.id for row in found if row.stage not in _FINAL]
    their_time = source_asks.c.ask_again_at <= now
    if ended:
        connection.execute(
            update(source_asks).where(source_asks.c.case_id.in_(ended), their_time).values(ask_again_at=None)
        )
    if still_open:
        connection.execute(
            update(source_asks)
            .where(source_asks.c.case_id.in_(still_open), their_time)
            .values(state="due", ask_again_at=None)
        )
        connection.execute(
            update(cases)
            .where(cases.c.id.in_(still_open), cases.c.ring_class.is_(None))
            .values(ring_class=Urgency.NEWS, ring_at=now, rings=0)
        )
    return len(still_open)


def _locked(connection: Connection, case_id: str, epoch: int, source: str) -> Row[*tuple[Any, ...]] | None:
    """The state and tries of an ask, under its case's lock; None where nothing may be written for it."""
    stage = connection.execute(
        select(cases.c.stage).where(cases.c.id == case_id).with_for_update(key_share=True)
    ).scalar_one_or_none()
    if stage is None or stage in _FINAL or current_epoch(connection) != epoch:
        return None
    return connection.execute(
        select(source_asks.c.state, source_asks.c.tries).where(
            source_asks.c.case_id == case_id, source_asks.c.source == source
        )
    ).one_or_none()


def _accept(
    connection: Connection,
    vault: Vault,
    case_id: str,
    source: str,
    number: int,
    facts: dict[str, object],
    now: datetime,
) -> None:
    envelope = {
        "specversion": "1.0",
        "source": f"{SOURCE}{source}",
        "id": vault.lookup_hash("source", case_id, source, str(number)).hex(),
        "type": FACTS_UPDATED.name,
        "data": {"case": case_id, "facts": facts},
    }
    accept(connection, vault, [parse_event(envelope, from_web=True)], now)
    # The run that asked looks next by itself; the ring is for the case that it is gone.
    connection.execute(
        update(cases)
        .where(cases.c.id == case_id, cases.c.ring_class != Urgency.PERSON_WAITS)
        .values(ring_at=now + _RUN_LOOKS)
    )


def _mark(connection: Connection, case_id: str, source: str, now: datetime, **values: object) -> None:
    connection.execute(
        update(source_asks)
        .where(source_asks.c.case_id == case_id, source_asks.c.source == source)
        .values(asked_at=now, **values)
    )
