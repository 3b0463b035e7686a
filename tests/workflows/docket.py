"""A small docket on a real Temporal server: a record, a door, a dispatcher and a worker on a task queue of their own.

The tests of workflows and workers drive cases through it, and so does ``record_histories``. It does what a sender, an
attorney or a supervisor does, and waits for what they would see; it never reaches around the door or the workflow.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from temporalio.client import Client, GrpcCompression, WorkflowExecution, WorkflowHandle, WorkflowHistory
from temporalio.service import RPCError

from activities.recording import Recording
from secondlook.cases.events import (
    Actor,
    IncomingEvent,
    concurrence_event,
    parse_event,
    review_event,
    withdrawal_event,
)
from secondlook.cases.offices import Offices, OfficeSettings
from secondlook.policy import load_ruleset
from secondlook.records import status
from secondlook.records.database import Database
from secondlook.records.door import Door
from secondlook.records.encryption import Vault
from secondlook.records.judging import Bench
from tests.conftest import eventually
from workers.dispatcher import Dispatcher
from workers.plugin import plugin
from workers.worker import worker_of
from workflows.messages import QUERY, CaseHead, workflow_id

ATTORNEY = Actor("attorney1", ("attorney",), ("BAL",))
OTHER_ATTORNEY = Actor("attorney2", ("attorney",), ("BAL",))
SUPERVISOR = Actor("supervisor1", ("supervisor",), ("BAL", "DEN"))

NTA_DATE = "2010-05-04"
_NUMBERS = itertools.count(1)
"""A-numbers of different people: of a thousand drawn by chance two may well be one case."""
_RULESET = load_ruleset("opla-2011-11-17")

Record = dict[str, object]
NewRecording = Callable[[Database, Bench, Callable[[str], None]], Recording]


async def connect_to(address: str, namespace: str = "default", *, guarded: bool = True) -> Client:
    """A client as the product's own, under a name that is the same on every machine; waits for a starting server."""
    connected: list[Client] = []

    async def answers() -> bool:
        with suppress(RuntimeError, RPCError):
            connected.append(
                await Client.connect(
                    address,
                    namespace=namespace,
                    plugins=[plugin(guarded=guarded)],
                    identity="docket",
                    grpc_compression=GrpcCompression.NONE,
                )
            )
        return bool(connected)

    await eventually(answers, "a connection to the Temporal server", every=0.1)
    return connected[0]


class Docket:
    """One test's cases. ``window`` is how long a decision is held; nothing works before ``working`` is entered."""

    def __init__(
        self,
        database: Database,
        client: Client,
        *,
        window: timedelta = timedelta(0),
        concurrence: frozenset[str] = frozenset({"close", "dismiss", "continue"}),
        cached: int = 1000,
        limit: int = 60,
        recording: NewRecording = Recording,
    ) -> None:
        self.database, self.client = database, client
        self.task_queue = f"docket-{secrets.token_hex(6)}"
        self.vault = Vault({"test": bytes(32)})
        offices = Offices(OfficeSettings(withdraw_window=window, concurrence=concurrence))
        self.bench = Bench(self.vault, offices, lambda _as_of: _RULESET)
        self.dispatcher = Dispatcher(database, client, self.task_queue, limit)
        self._door = Door(database, self.vault)
        self._cached, self._recording = cached, recording
        self._sent = 0

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Dispatcher and worker, as in one worker process."""
        async with self.judging(), self.dispatching():
            yield

    @asynccontextmanager
    async def judging(self) -> AsyncIterator[None]:
        """The worker alone."""
        recording = self._recording(self.database, self.bench, self.dispatcher.judged)
        async with worker_of(self.client, self.task_queue, recording, cached=self._cached):
            yield

    @asynccontextmanager
    async def dispatching(self, *others: Dispatcher) -> AsyncIterator[None]:
        """The dispatcher, and others beside it, without a worker."""
        stop = asyncio.Event()
        running = [asyncio.create_task(each.run(stop)) for each in (self.dispatcher, *others)]
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*running)

    async def receive(
        self,
        a_number: str | None = None,
        family_name: str = "Sample",
        office: str = "BAL",
        documents: Sequence[Mapping[str, object]] = (),
        **facts: object,
    ) -> str:
        """A sender's new case; answers its case id."""
        self._sent += 1
        number = a_number or f"A{next(_NUMBERS):09d}"
        case = {
            "a_number": number,
            "respondent": {"family_name": family_name, "given_name": "Alfa"},
            "office": office,
            "nta": {"filed": True, "date": NTA_DATE},
            "documents": list(documents),
            "facts": facts,
        }
        _, case_id = await self._send("secondlook.case.received.v1", case)
        return case_id

    async def update_facts(self, case_id: str, **facts: object) -> str:
        """A sender's new facts; answers the event's own id."""
        event_id, _ = await self._send("secondlook.case.facts-updated.v1", {"case": case_id, "facts": facts})
        return event_id

    async def review(
        self,
        case_id: str,
        action: str = "close",
        *,
        by: Actor = ATTORNEY,
        form: str | None = None,
        version: int | None = None,
        rationale: str = "Low priority.",
        ask: Sequence[Mapping[str, str]] = (),
    ) -> str:
        """An attorney's form; ``form`` names the same form sent again."""
        return await self.accept(
            review_event(
                form or secrets.token_hex(8),
                case_id,
                by,
                action=action,
                reasons=["A-01"],
                rationale=rationale,
                findings={},
                case_version=version or await self.version(case_id),
                ask=ask,
            )
        )

    async def concur(
        self, case_id: str, answer: str = "concur", *, by: Actor = SUPERVISOR, note: str = "Please look again."
    ) -> str:
        version = await self.version(case_id)
        return await self.accept(
            concurrence_event(secrets.token_hex(8), case_id, by, answer=answer, note=note, case_version=version)
        )

    async def withdraw(self, case_id: str, *, by: Actor = ATTORNEY) -> str:
        version = await self.version(case_id)
        return await self.accept(
            withdrawal_event(secrets.token_hex(8), case_id, by, reason="A mistake.", case_version=version)
        )

    async def accept(self, event: IncomingEvent) -> str:
        """Through the door; answers the inbox's own id of the event."""
        (acceptance,) = await self._door.accept([event])
        assert acceptance.event_id is not None, acceptance.outcome
        return acceptance.event_id

    async def _send(self, kind: str, data: object) -> tuple[str, str]:
        envelope = {"specversion": "1.0", "id": secrets.token_hex(8), "source": "urn:test", "type": kind, "data": data}
        (acceptance,) = await self._door.accept([parse_event(envelope)])
        assert acceptance.event_id is not None and acceptance.case_id is not None, acceptance.outcome
        return acceptance.event_id, acceptance.case_id

    async def on_record(self, case_id: str) -> Record:
        """What ``secondlook case`` shows."""
        described = await self.database.read(lambda connection: status.describe(connection, case_id))
        assert described is not None
        return described

    async def version(self, case_id: str) -> int:
        version = (await self.on_record(case_id))["version"]
        assert isinstance(version, int)
        return version

    async def events(self, case_id: str) -> list[tuple[str, str, str | None]]:
        """Type, state and reason of each event, in order of judgement."""
        listed = (await self.on_record(case_id))["events"]
        assert isinstance(listed, list)
        return [
            (e["type"].removeprefix("secondlook.case.").removesuffix(".v1"), e["state"], e["reason"]) for e in listed
        ]

    async def outcome(self, case_id: str, event_id: str) -> tuple[str, str | None]:
        """State and reason of one event."""
        listed = (await self.on_record(case_id))["events"]
        assert isinstance(listed, list)
        (found,) = [(e["state"], e["reason"]) for e in listed if e["id"] == event_id]
        return found

    async def until_stage(self, case_id: str, stage: str, seconds: float = 20.0) -> None:
        """Wait for a stage on the record."""

        async def there() -> bool:
            return (await self.on_record(case_id))["stage"] == stage

        await eventually(there, f"{case_id} in {stage}", seconds)

    async def until_judged(self, case_id: str, event_id: str, seconds: float = 20.0) -> tuple[str, str | None]:
        """Wait for an event's outcome; answers state and reason."""

        async def judged() -> bool:
            return (await self.outcome(case_id, event_id))[0] != "pending"

        await eventually(judged, f"an outcome of {event_id}", seconds)
        return await self.outcome(case_id, event_id)

    async def until_ended(self, case_id: str, seconds: float = 20.0) -> CaseHead:
        """Wait for the run's own end; answers what it returned."""
        run = self.client.get_workflow_handle(workflow_id(case_id), result_type=CaseHead)
        answer = await asyncio.wait_for(run.result(), seconds)
        assert isinstance(answer, CaseHead)
        return answer

    def run(self, case_id: str) -> WorkflowHandle[object, object]:
        """The case's newest run."""
        return self.client.get_workflow_handle(workflow_id(case_id))

    async def head(self, case_id: str) -> CaseHead:
        """What the workflow answers to the query."""
        answer: CaseHead = await self.run(case_id).query(QUERY, result_type=CaseHead)
        return answer

    async def histories(self, case_id: str) -> list[WorkflowHistory]:
        """The histories of all runs of the case, oldest first, found by each run's link to the next or by listing."""
        found: list[WorkflowExecution] = []

        async def listed() -> bool:
            found[:] = [run async for run in self.client.list_workflows(f"WorkflowId = '{workflow_id(case_id)}'")]
            newest = await self.run(case_id).describe()
            return any(run.run_id == newest.run_id for run in found)

        await eventually(listed, f"the runs of {case_id} listed")
        found.sort(key=lambda run: run.start_time)
        return [
            await self.client.get_workflow_handle(workflow_id(case_id), run_id=run.run_id).fetch_history()
            for run in found
        ]
