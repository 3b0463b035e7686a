"""A stand-in for a source: a small HTTP server that answers made-up facts, as slowly or as badly as it is told to.

For tests and demonstrations only: ``secondlook stand-in-source`` runs it, tests serve it beside themselves. It keeps
nothing of what it is asked but the times.

``PUT /behaviour`` with ``{"delay_seconds", "status", "facts"}`` (any of them) changes how it answers from then on;
``GET /behaviour`` tells how it does.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_MADE_UP: Mapping[str, object] = {
    "birth_date": "1980-06",
    "first_arrival_date": "1996-03",
    "last_entry_date": "1996-03-02",
    "last_entry_manner": "without_inspection",
    "status_violation_date": None,
    "lpr_since": None,
    "convictions": [],
    "prior_removals": 0,
    "national_security_concern": False,
    "gang_member": False,
    "human_rights_violator": False,
    "condition_needs_significant_resources": False,
    "fraud_finding_by": "none",
    "military_service": "none",
    "relatives": [{"relation": "child", "citizenship": "usc"}],
    "education": {"high_school_completed": True},
    "victim_of": [],
    "serious_condition": "none",
}


class StandIn:
    """How the stand-in behaves now, and when (``time.monotonic``) it was asked."""

    def __init__(self, delay: float = 0.0, facts: Mapping[str, object] = _MADE_UP) -> None:
        self.delay, self.facts = delay, facts
        self.status = 200
        self.asked: list[float] = []

    def app(self) -> Starlette:
        """The HTTP application."""
        return Starlette(
            routes=[
                Route("/facts", self._answer, methods=["POST"]),
                Route("/behaviour", self._behave, methods=["GET", "PUT"]),
            ]
        )

    async def _answer(self, request: Request) -> Response:
        self.asked.append(time.monotonic())
        wanted = (await request.json())["facts"]
        await asyncio.sleep(self.delay)
        if self.status != 200:
            return JSONResponse({"title": "told to fail"}, status_code=self.status)
        return JSONResponse({"facts": {name: self.facts[name] for name in wanted if name in self.facts}})

    async def _behave(self, request: Request) -> Response:
        wanted = await request.json() if request.method == "PUT" else {}
        self.delay = float(wanted.get("delay_seconds", self.delay))
        self.status = int(wanted.get("status", self.status))
        self.facts = dict(wanted.get("facts", self.facts))
        return JSONResponse({"delay_seconds": self.delay, "status": self.status, "asked": len(self.asked)})
