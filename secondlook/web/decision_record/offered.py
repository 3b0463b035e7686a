"""What a case's page offers of decision records: one a round that has ended, its annex to who may decide the case.

Called by ``case.show``; it reads nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from secondlook.records.ended_rounds import Round
from secondlook.web import words
from secondlook.web.decision_record.words import PURPOSES
from secondlook.web.forms import NOTHING_SENT, SentForm

FORM: Final = "annex"


@dataclass(frozen=True, slots=True)
class OfferedRound:
    """A round in words. ``annex`` is the form that asks what the annex is for, if it is offered."""

    number: int
    disposition: str
    at: datetime
    annex: SentForm | None


@dataclass(frozen=True, slots=True)
class Offered:
    """The rounds, the newest first."""

    rounds: tuple[OfferedRound, ...]
    purposes: Mapping[str, str]

    @property
    def forms(self) -> frozenset[str]:
        """The names of its forms that may come back."""
        return frozenset(each.annex.name for each in self.rounds if each.annex)


def offered(rounds: Sequence[Round], *, annex: bool, sent: SentForm | None) -> Offered | None:
    """None where no round has ended. ``sent`` is a form that comes back."""
    if not rounds:
        return None
    return Offered(
        tuple(
            OfferedRound(each.number, words.stage(each.disposition), each.at, _form(each, sent) if annex else None)
            for each in rounds
        ),
        PURPOSES,
    )


def _form(round_: Round, sent: SentForm | None) -> SentForm:
    name = f"{FORM}-{round_.number}"
    return sent if sent and sent.name == name else SentForm(name, NOTHING_SENT)
