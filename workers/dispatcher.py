"""The dispatcher: claims waiting cases and rings them, at least once, with a bound on what is in flight.

One runs in each worker process, on the worker's own client, so that first tasks come back eagerly. It never judges; a
ring that Temporal did not take is given back, and a ring whose answer is lost is made again when its lease ends.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Connection
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from secondlook import metrics
from secondlook.records import rings, store
from secondlook.records.database import Database, DatabaseUnavailable, UnitFailed
from secondlook.records.rings import Ring
from workers.connection import stopped_within
from workflows import shown
from workflows.messages import BELL, RUNG, SCREENING, WORKFLOW, Bell, CaseRun, workflow_id

log = structlog.get_logger()

_IDLE_SECONDS = 0.05
_LOOK_SECONDS = 0.02
_PEOPLES_PLACES = 16
_DOWN_SECONDS = 1.0
_FORGET_SECONDS = 0.5
_RPC = timedelta(seconds=10)
_NAMED_SIGNALS = 2
"""The record's level from which on no worker of release 0.1.0 is left, which would hear only ``event``."""


class Dispatcher:
    """Rings cases until it is stopped. ``judged`` frees a case's place as soon as this process has judged it.

    ``limit`` bounds the new cases that are under way. It is what keeps people from waiting: a decision is served behind
    what is in flight, so the backlog stays in the inbox. What people wait for has places of its own beside the limit.
    ``sources_limit``, where sources are asked, bounds the cases that this process has under way before their screening:
    what more there is waits in the inbox, and what people wait for is rung all the same. ``eager`` starts are given to
    this process's own worker, whatever its build: not where builds are told apart.
    """

    def __init__(
        self,
        database: Database,
        client: Client,
        task_queue: str,
        limit: int,
        sources_limit: int | None = None,
        *,
        eager: bool = True,
    ) -> None:
        self._database, self._client, self._task_queue, self._limit = database, client, task_queue, limit
        self._sources_limit, self._eager = sources_limit, eager
        self._in_flight: dict[str, float] = {}
        self._with_sources: dict[str, float] = {}
        self._ringing: set[asyncio.Task[None]] = set()
        self._room = asyncio.Event()
        self._epoch = self._level = 1
        self._office_first = 0
        self._looked = 0.0

    def judged(self, case_id: str) -> None:
        had_place = self._in_flight.pop(case_id, None) is not None
        if self._with_sources.pop(case_id, None) is not None or had_place:
            metrics.in_flight.set(len(self._in_flight))
            self._room.set()

    def waits_for_sources(self, case_id: str) -> None:
        """The case waits for outside sources, and holds up no other but a new one."""
        since = self._in_flight.get(case_id)
        self.judged(case_id)
        if since is not None and self._sources_limit is not None:
            self._with_sources[case_id] = since

    async def run(self, stop: asyncio.Event) -> None:
        looked = time.monotonic()
        while not stop.is_set():
            try:
                if time.monotonic() - looked > _FORGET_SECONDS:
                    looked = time.monotonic()
                    await self._forget_judged()
                claimed = await self._claim()
            except (DatabaseUnavailable, UnitFailed) as problem:
                log.warning("the inbox cannot be read", error=str(problem))
                await stopped_within(stop, _DOWN_SECONDS)
                continue
            for ring in claimed:
                task = asyncio.create_task(self._ring(ring, stop))
                self._ringing.add(task)
                task.add_done_callback(self._ringing.discard)
            if not claimed:
                await self._pause()
        await asyncio.gather(*self._ringing, return_exceptions=True)

    async def _pause(self) -> None:
        """Until there is room again, or the inbox is worth another look."""
        self._room.clear()
        try:
            await asyncio.wait_for(self._room.wait(), _IDLE_SECONDS)
        except TimeoutError:
            return

    async def _claim(self) -> list[Ring]:
        room = self._limit + _PEOPLES_PLACES - len(self._in_flight)
        new = self._room_for_new()
        if room <= 0 or (not new and time.monotonic() - self._looked < _LOOK_SECONDS):
            return []
        self._looked = time.monotonic()
        now = datetime.now(UTC)
        self._office_first += 1

        def claim(connection: Connection) -> tuple[int, int, list[Ring]]:
            level = store.level(connection)
            claimed = rings.claim(connection, now, room, self._office_first, new)
            return store.epoch(connection), level, claimed

        if not await self._database.read(lambda connection: rings.anything_due(connection, now, new=new > 0)):
            return []
        self._epoch, self._level, claimed = await self._database.write(claim)
        for ring in claimed:
            self._in_flight[ring.case_id] = time.monotonic()
        metrics.in_flight.set(len(self._in_flight))
        return claimed

    def _room_for_new(self) -> int:
        room = self._limit - len(self._in_flight)
        if room < max(1, self._limit // 4):
            return 0
        if self._sources_limit is None:
            return room
        free = self._sources_limit - len(self._with_sources) - len(self._in_flight)
        return min(room, free) if free >= max(1, self._sources_limit // 4) else 0

    async def _forget_judged(self) -> None:
        """Cases that another process judged, or whose lease is over, hold no place here."""
        for holding, lease in ((self._in_flight, rings.LEASE), (self._with_sources, rings.LONGEST_LEASE)):
            held = {case_id: time.monotonic() - since for case_id, since in holding.items()}
            old = [case_id for case_id, seconds in held.items() if seconds > _FORGET_SECONDS]
            if not old:
                continue
            waiting = await self._still_waiting(old)
            for case_id in old:
                if case_id not in waiting or held[case_id] > lease.total_seconds():
                    self.judged(case_id)

    async def _still_waiting(self, case_ids: list[str]) -> set[str]:
        return await self._database.read(lambda connection: rings.still_waiting(connection, case_ids))

    async def _ring(self, ring: Ring, stop: asyncio.Event) -> None:
        try:
            if ring.never_rung:
                await self._start(ring)
            else:
                await self._signal(ring)
        except (RPCError, RuntimeError) as problem:
            metrics.rings.labels("failed").inc()
            log.warning("Temporal did not take a ring", case_id=ring.case_id, error=_kind(problem))
            await stopped_within(stop, _DOWN_SECONDS)
            await self._give_back(ring)

    async def _give_back(self, ring: Ring) -> None:
        try:
            await self._database.write(lambda connection: rings.release(connection, [ring.case_id], datetime.now(UTC)))
        except (DatabaseUnavailable, UnitFailed):
            log.warning("a lease could not be given back; it runs out by itself", case_id=ring.case_id)
        self.judged(ring.case_id)

    async def _start(self, ring: Ring) -> None:
        first, *others = ring.bells or (None,)
        run = CaseRun(
            case_id=ring.case_id,
            epoch=self._epoch,
            event_id=first.event_id if first else None,
            type=first.type if first else None,
        )
        try:
            await self._client.start_workflow(
                WORKFLOW,
                run,
                id=workflow_id(ring.case_id),
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                search_attributes=SCREENING,
                static_summary=shown.NEW_CASE,
                request_eager_start=self._eager,
                rpc_timeout=_RPC,
            )
            metrics.rings.labels("start").inc()
        except WorkflowAlreadyStartedError:
            await self._signal(ring)
            return
        for bell in others:
            if bell is not None:
                await self._one_signal(ring.case_id, Bell(event_id=bell.event_id, type=bell.type))

    async def _signal(self, ring: Ring) -> None:
        for bell in ring.bells:
            await self._one_signal(ring.case_id, Bell(event_id=bell.event_id, type=bell.type))
        if not ring.bells:
            await self._one_signal(ring.case_id, Bell())

    async def _one_signal(self, case_id: str, bell: Bell) -> None:
        try:
            handle = self._client.get_workflow_handle(workflow_id(case_id))
            await handle.signal(self._signal_name(bell), bell, rpc_timeout=_RPC)
            metrics.rings.labels("signal").inc()
        except RPCError as problem:
            if problem.status is not RPCStatusCode.NOT_FOUND:
                raise
            await self._client.start_workflow(
                WORKFLOW,
                CaseRun(case_id=case_id, epoch=self._epoch, event_id=bell.event_id, type=bell.type),
                id=workflow_id(case_id),
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                start_signal=self._signal_name(bell),
                start_signal_args=[bell],
                search_attributes=SCREENING,
                static_summary=shown.TAKEN_UP,
                rpc_timeout=_RPC,
            )
            metrics.rings.labels("signal_with_start").inc()

    def _signal_name(self, bell: Bell) -> str:
        return bell.type or RUNG if self._level >= _NAMED_SIGNALS else BELL


def _kind(problem: Exception) -> str:
    return problem.status.name if isinstance(problem, RPCError) else type(problem).__name__
