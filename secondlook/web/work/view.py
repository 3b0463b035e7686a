"""What the case's page says of people's work on it: who has it, its hold, whose it is, a draft, notes, and the forms.

Read by ``case.show`` with the case, in the same moment; put into words here for one person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select

from secondlook.records.encryption import Vault
from secondlook.records.schema import cases
from secondlook.records.work import assignments, claims, drafts, holds, looking, notes, people
from secondlook.records.work.drafts import Draft
from secondlook.records.work.holds import Hold
from secondlook.records.work.locked import WORKED_ON, Claim
from secondlook.records.work.looking import Looker
from secondlook.records.work.notes import Note
from secondlook.web.forms import NOTHING_SENT, SentForm
from secondlook.web.people import Person

_UNREADABLE = "This text cannot be shown here. Nothing of it is lost; the operators can mend it."
_BESIDE = {notes.RELEASED: "on giving the case back", notes.BROKEN: "on taking the case back from a colleague"}


@dataclass(frozen=True, slots=True)
class Work:
    """What is on record of people's work on a case, for one person. ``names`` holds those of all who occur."""

    worked_on: bool
    claim: Claim | None
    hold: Hold | None
    assigned: str | None
    draft: Draft | None
    notes: tuple[Note, ...]
    names: Mapping[str, str]
    lookers: tuple[Looker, ...] = ()
    """Who else has the case open."""

    def name(self, subject: str) -> str:
        """Somebody's name, or their subject where they were never here."""
        return self.names.get(subject, subject)


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A note in words."""

    who: str
    at: datetime
    beside: str | None
    text: str


@dataclass(frozen=True, slots=True)
class HoldLine:
    """A hold in words."""

    who: str
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft that stands in the form, and whether the case has moved since it was written."""

    saved_at: datetime
    older: bool


@dataclass(frozen=True, slots=True)
class WorkView:
    """The bar and the notes. ``forms`` are those that are offered, by name."""

    who: str | None
    mine: bool
    until: datetime | None
    hold: HoldLine | None
    assigned: str | None
    draft: DraftLine | None
    notes: tuple[NoteLine, ...]
    lookers: tuple[tuple[str, datetime], ...]
    """Who else has opened the case, and when."""
    forms: Mapping[str, SentForm]


def read_work(connection: Connection, vault: Vault, case_id: str, person: str, now: datetime) -> Work:
    """What is on record; for an unknown case nothing is."""
    stage = connection.execute(select(cases.c.stage).where(cases.c.id == case_id)).scalar()
    claim = claims.claim_of(connection, case_id, now)
    hold = holds.hold_of(connection, vault, case_id, now)
    assigned = assignments.assigned_to(connection, [case_id]).get(case_id)
    written = tuple(notes.notes_of(connection, vault, case_id))
    lookers = tuple(looking.others(connection, case_id, person, now))
    subjects = {each.person for each in (claim, hold, *written, *lookers) if each} | ({assigned} if assigned else set())
    return Work(
        worked_on=stage in WORKED_ON,
        claim=claim,
        hold=hold,
        assigned=assigned,
        draft=drafts.draft_of(connection, vault, case_id, person),
        notes=written,
        names=people.names(connection, subjects) if subjects else {},
        lookers=lookers,
    )


def with_names(connection: Connection, work: Work, subjects: set[str]) -> Work:
    """The same, with the names of others who occur on the page."""
    return replace(work, names={**work.names, **people.names(connection, subjects - work.names.keys())})


def view_of_work(work: Work, office: str, person: Person, version: int, sent: SentForm | None) -> WorkView:
    """The bar for one person. ``sent`` is a form that comes back."""
    claim, hold, may_review = work.claim, work.hold, person.may_review(office)
    forms = {name: SentForm(name, NOTHING_SENT) for name in _offered(work, office, person)}
    if sent and sent.name in forms:
        forms[sent.name] = sent
    return WorkView(
        who=work.name(claim.person) if claim else None,
        mine=claim is not None and claim.person == person.subject,
        until=claim.until if claim else None,
        hold=HoldLine(work.name(hold.person), hold.until, hold.reason or _UNREADABLE) if hold else None,
        assigned=work.name(work.assigned) if work.assigned and work.worked_on else None,
        draft=DraftLine(work.draft.saved_at, work.draft.version != version) if work.draft else None,
        notes=tuple(
            NoteLine(work.name(each.person), each.at, _BESIDE.get(each.kind), each.text or _UNREADABLE)
            for each in work.notes
        ),
        lookers=tuple((work.name(each.person), each.since) for each in work.lookers) if may_review else (),
        forms=forms,
    )


def _offered(work: Work, office: str, person: Person) -> tuple[str, ...]:
    if not person.may_review(office):
        return ()
    if not work.worked_on:
        return ("notes",)
    if work.claim is None:
        return ("claim", "hold", "notes")
    if work.claim.person == person.subject:
        return ("release", "hold", "notes")
    return ("break-claim", "notes") if person.may_supervise(office) else ("notes",)
