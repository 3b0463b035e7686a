"""An event that brings facts, as it is read from the record: what it says of the case, and who corrected it if one did.

The merged facts are folded from all of them (``merging``); nothing else holds observations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from secondlook.cases.actors import Actor
from secondlook.cases.content import Content, actor_in, mapping, text_in
from secondlook.cases.event_type import Opened
from secondlook.cases.fact_table import FACTS
from secondlook.cases.readable import CannotRead


@dataclass(frozen=True, slots=True)
class FactsTold:
    """``content`` is the event's own, ``facts`` its facts as they were sent."""

    content: Content
    facts: Content
    by: Actor | None = None
    note: str = ""
    changed: str = ""
    """What stood and what was put in its place, in words."""

    @classmethod
    def of_case(cls, opened: Opened) -> FactsTold:
        return cls(opened.content, _facts(opened.content.get("facts")))

    @classmethod
    def of_update(cls, opened: Opened) -> FactsTold:
        return cls(opened.content, _facts(opened.content["facts"]))

    @classmethod
    def of_correction(cls, opened: Opened) -> FactsTold:
        told = cls.of_update(opened)
        facts = {name: _by_agency(fact) for name, fact in told.facts.items()}
        content = {**opened.content, "facts": facts}
        note, changed = text_in(opened.content, "note"), text_in(opened.content, "changed")
        return cls(content, facts, actor_in(opened.content), note, changed)


def _facts(given: object) -> Content:
    facts = mapping(given or {})
    if not facts.keys() <= FACTS.keys():
        raise CannotRead("unknown_fact")
    return facts


def _by_agency(fact: object) -> Mapping[str, object]:
    """A correction speaks for the agency, whatever its form says."""
    wrapped = isinstance(fact, Mapping) and ("value" in fact or "unknown" in fact)
    return {**(mapping(fact) if wrapped else {"value": fact}), "provided_by": "agency"}
