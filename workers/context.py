"""Binds which case, event and activity a log line belongs to, for as long as an activity lasts. Part of the plugin.

Codes and opaque ids only: the messages of ``workflows.messages`` hold nothing else.
"""

from __future__ import annotations

from typing import Any

from structlog.contextvars import bound_contextvars
from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from workflows.messages import CaseTurn, SourceTurn


class LogContext(Interceptor):
    """For every worker."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _InActivities(next)


class _InActivities(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info = activity.info()
        fields: dict[str, object] = {"activity": info.activity_type, "attempt": info.attempt}
        for turn in input.args:
            if isinstance(turn, CaseTurn | SourceTurn):
                fields["case_id"] = turn.case_id
            if isinstance(turn, CaseTurn) and turn.event_id:
                fields["event_id"] = turn.event_id
        with bound_contextvars(**fields):
            return await super().execute_activity(input)
