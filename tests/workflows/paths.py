"""Every path of a case, as a docket goes it: what ``record_histories`` records and the canary is pushed through."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from tests.workflows.docket import Docket

Walk = Callable[[Docket, str], Awaitable[None]]


@dataclass(frozen=True)
class Path:
    """``walk`` takes a case in attorney review to where the path is over; ``settings`` are the docket's."""

    name: str
    walk: Walk
    settings: dict[str, object] = field(default_factory=dict)


async def _decided(cases: Docket, case_id: str, action: str) -> None:
    await cases.review(case_id, action)
    await cases.until_stage(case_id, "supervisor_review")
    await cases.concur(case_id)
    await cases.until_ended(case_id)


async def _closed(cases: Docket, case_id: str) -> None:
    await _decided(cases, case_id, "close")


async def _dismissed(cases: Docket, case_id: str) -> None:
    await _decided(cases, case_id, "dismiss")


async def _continued(cases: Docket, case_id: str) -> None:
    await _decided(cases, case_id, "continue")


async def _facts_asked_for(cases: Docket, case_id: str) -> None:
    wanted = {"fact": "prior_removals", "from": "Kanarienvogel and Sons", "due": "2999-12-31"}
    await cases.review(case_id, "need_facts", ask=[wanted])
    await cases.until_stage(case_id, "awaiting_facts")
    await cases.update_facts(case_id, prior_removals=0)
    await cases.until_stage(case_id, "attorney_review")
    await _decided(cases, case_id, "close")


async def _withdrawn(cases: Docket, case_id: str) -> None:
    await cases.review(case_id)
    await cases.until_stage(case_id, "held")
    await cases.withdraw(case_id)
    await cases.until_stage(case_id, "attorney_review")


async def _returned(cases: Docket, case_id: str) -> None:
    await cases.review(case_id, "dismiss")
    await cases.until_stage(case_id, "supervisor_review")
    await cases.concur(case_id, "return")
    await cases.until_stage(case_id, "attorney_review")
    await _decided(cases, case_id, "close")


async def _window_over(cases: Docket, case_id: str) -> None:
    await cases.review(case_id)
    await cases.until_ended(case_id)


async def _refused(cases: Docket, case_id: str) -> None:
    await cases.until_judged(case_id, await cases.review(case_id, version=99))


async def _late_event(cases: Docket, case_id: str) -> None:
    await _window_over(cases, case_id)
    await cases.until_judged(case_id, await cases.update_facts(case_id, prior_removals=1))
    await cases.until_ended(case_id)


async def _long(cases: Docket, case_id: str) -> None:
    for removals in range(15):
        await cases.until_judged(case_id, await cases.update_facts(case_id, prior_removals=removals))


_ALONE: dict[str, object] = {"concurrence": frozenset()}

PATHS = [
    Path("closed", _closed),
    Path("dismissed", _dismissed),
    Path("continued", _continued),
    Path("facts-asked-for", _facts_asked_for),
    Path("withdrawn", _withdrawn, {"window": timedelta(hours=1)}),
    Path("returned", _returned),
    Path("window-over", _window_over, {**_ALONE, "window": timedelta(milliseconds=400)}),
    Path("refused", _refused),
    Path("late-event", _late_event, _ALONE),
    Path("continued-as-new", _long),
]
