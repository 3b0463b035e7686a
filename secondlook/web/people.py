"""Who is signed in, and what they may see and do. Every page asks here before it looks anything up.

The web asks to be kind: the judging transaction decides again, with the same person's roles and offices.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from secondlook.cases.events import Actor

LONGEST_SUBJECT = 200
"""Characters, as ``cases.decided_by`` and the audit trail hold them."""

_OFFICE = re.compile("[A-Z0-9]{2,5}")
_MOST_OFFICES = 200


class Role(StrEnum):
    """What the sign-in provider says that someone does."""

    ATTORNEY = "attorney"
    SUPERVISOR = "supervisor"
    OPS = "ops"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who is signed in. ``csrf_token`` is their session's own and stands in each of their forms."""

    subject: str
    name: str
    roles: tuple[str, ...]
    offices: tuple[str, ...]
    csrf_token: str

    @property
    def sees_cases(self) -> bool:
        """Whether any case may be shown to them at all."""
        return self.sees_every_office or bool(self._works and self.offices)

    @property
    def sees_every_office(self) -> bool:
        return Role.AUDITOR in self.roles

    @property
    def supervises(self) -> bool:
        return Role.SUPERVISOR in self.roles

    @property
    def operates(self) -> bool:
        return Role.OPS in self.roles

    @property
    def _works(self) -> bool:
        return Role.ATTORNEY in self.roles or Role.SUPERVISOR in self.roles

    @property
    def reviews(self) -> bool:
        """Whether there is any office whose cases they review."""
        return self._works and bool(self.offices)

    @property
    def attends(self) -> bool:
        """Whether they are an attorney of some office: cases wait for them to be decided."""
        return Role.ATTORNEY in self.roles and self.reviews

    def may_see(self, office: str) -> bool:
        """Whether cases of this office are shown to them."""
        return self.sees_every_office or (self._works and office in self.offices)

    def may_review(self, office: str) -> bool:
        """Whether they review cases of this office."""
        return self._works and office in self.offices

    def may_supervise(self, office: str) -> bool:
        """Whether they answer for decisions of this office."""
        return self.supervises and office in self.offices

    @property
    def actor(self) -> Actor:
        """The person as their acts carry them; sorted, so that the same act is the same content."""
        return Actor(self.subject, tuple(sorted(self.roles)), tuple(sorted(self.offices)))

    @property
    def role_words(self) -> str:
        return ", ".join(self.roles)


def roles_in(claim: object) -> tuple[str, ...]:
    """The roles known here among those that the provider gives; any other counts for nothing."""
    return tuple(role.value for role in Role if role.value in _words(claim))


def offices_in(claim: object) -> tuple[str, ...]:
    """The office codes that the provider gives, sorted."""
    return tuple(sorted({word for word in _words(claim) if _OFFICE.fullmatch(word)}))[:_MOST_OFFICES]


def _words(claim: object) -> list[str]:
    if isinstance(claim, str):
        return claim.replace(",", " ").split()
    return [word for word in claim if isinstance(word, str)] if isinstance(claim, list) else []
