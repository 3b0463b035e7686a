"""The policy page. It holds no case data, so everybody who is signed in may read by which rules cases are screened."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from secondlook.policy import RuleSet, RuleSetError, available_rulesets, choose_ruleset, load_ruleset
from secondlook.web.pages import message_page, page
from secondlook.web.permissions import SIGNED_IN
from secondlook.web.policy.view import policy_view
from secondlook.web.record import Record, TheRecord

router = APIRouter(include_in_schema=False)


@router.get("/policy", dependencies=[SIGNED_IN])
async def policy(request: Request, record: TheRecord, ruleset: str = "", since: str = "") -> HTMLResponse:
    """One rule set, the one in use unless another is asked for; with ``since`` what changed from that one."""
    known, used = _known(record), _used(record)
    shown = known.get(ruleset) if ruleset else used or next(reversed(known.values()), None)
    before = known.get(since) if since else None
    if shown is None or (since and before is None):
        title, text = "No such rule set", "This release does not have a rule set of that name."
        return message_page(request, HTTPStatus.NOT_FOUND, title, text, link=("/policy", "The rule set in use"))
    return page(request, "policy/policy.html", policy_view(shown, before, tuple(known.values()), used))


def _known(record: Record) -> dict[str, RuleSet]:
    """Those of this release and the configured one, in the order in which they came into force."""
    every = {each: load_ruleset(each) for each in available_rulesets()}
    if record.ruleset is not None:
        every.setdefault(record.ruleset.id, record.ruleset)
    return dict(sorted(every.items(), key=lambda pair: (min(each.first for each in pair[1].in_force), pair[0])))


def _used(record: Record) -> RuleSet | None:
    """The one that screens a case that comes in now."""
    try:
        return record.ruleset or choose_ruleset(record.as_of or datetime.now(UTC).date())
    except RuleSetError:
        return None
