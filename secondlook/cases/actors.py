"""People who act on a case, and what their roles and offices let them do. Read by the rules and, to be kind, by
pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secondlook.cases.state import CaseState


@dataclass(frozen=True, slots=True)
class Actor:
    """The person in whose name an act comes in: the sign-in provider's subject, roles and offices."""

    subject: str
    roles: tuple[str, ...]
    offices: tuple[str, ...]


def works_on(actor: Actor, state: CaseState) -> bool:
    """An attorney or a supervisor of the case's office."""
    return state.office in actor.offices and ("attorney" in actor.roles or "supervisor" in actor.roles)


def supervises(actor: Actor, state: CaseState) -> bool:
    """A supervisor of the case's office."""
    return state.office in actor.offices and "supervisor" in actor.roles


def decided(actor: Actor, state: CaseState) -> bool:
    """Who made the decision that is in force."""
    return state.decision is not None and state.decision.by == actor.subject


def may_concur(actor: Actor, state: CaseState) -> bool:
    """A supervisor of the office who did not decide the case."""
    return supervises(actor, state) and not decided(actor, state)


def may_withdraw(actor: Actor, state: CaseState) -> bool:
    """The decider, or a supervisor of the office."""
    return supervises(actor, state) or (works_on(actor, state) and decided(actor, state))


def may_answer_late_facts(actor: Actor, state: CaseState) -> bool:
    """A supervisor of the office, where facts came after the end."""
    return state.late_facts and supervises(actor, state)
