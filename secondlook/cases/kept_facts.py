"""A case's facts as the record keeps them, read: what stands of each, who said it and when, and why one is not known.

Called by whatever shows facts. ``standing`` writes them; what they mean is the policy's affair. It raises nothing for a
value that an older or a newer release let in, and keeps facts that only a newer one knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from secondlook.cases.merging import same_fact
from secondlook.cases.observations import is_wrapper, providers
from secondlook.cases.standing import ABUSER_SAID, OBSERVATIONS

Scalar: TypeAlias = str | int | bool | None
"""A listed word, a partial date, a number, a flag; None is "known: never"."""
Parts: TypeAlias = Mapping[str, Scalar]
"""The parts of a record, or of one element of a list."""
Value: TypeAlias = Scalar | Parts | tuple[Parts | str, ...]


@dataclass(frozen=True, slots=True)
class Saying:
    """Who said it: ``provided_by`` are the codes of the fact table; what was not said is empty."""

    source: str
    provided_by: tuple[str, ...]
    observed_at: str
    document: str
    page: int | None


@dataclass(frozen=True, slots=True)
class KeptFact:
    """What stands of one fact. Where ``unknown`` is a reason, ``value`` says nothing."""

    value: Value
    unknown: str | None
    partial: bool
    sayings: tuple[Saying, ...]
    """The observations that the value was put together from, at least one."""
    abuser_said: KeptFact | None
    """What an abuser alone says beside it (8 USC 1367)."""
    given: object = field(repr=False, compare=False)

    @classmethod
    def of(cls, given: object) -> KeptFact:
        """A fact as it was given, plain or in a wrapper, or as it was merged."""
        wrapper: Mapping[str, object] = given if isinstance(given, dict) and is_wrapper(given) else {"value": given}
        several, beside = wrapper.get(OBSERVATIONS), wrapper.get(ABUSER_SAID)
        told = [each for each in several if isinstance(each, dict)] if isinstance(several, list) else [wrapper]
        return cls(
            value=_value(wrapper.get("value")),
            unknown=str(wrapper["unknown"]) if "unknown" in wrapper else None,
            partial=wrapper.get("coverage") == "partial",
            sayings=tuple(map(_saying, told)),
            abuser_said=None if beside is None else cls.of(beside),
            given=given,
        )

    @property
    def voices(self) -> tuple[KeptFact, ...]:
        """What others say, and by itself what an abuser alone says."""
        return (self,) if self.abuser_said is None else (self, self.abuser_said)


KeptFacts: TypeAlias = Mapping[str, KeptFact]


def kept_facts(document: Mapping[str, object]) -> KeptFacts:
    """The facts of a document that the record keeps, by name."""
    return {name: KeptFact.of(given) for name, given in document.items()}


def as_given(facts: KeptFacts) -> Mapping[str, object]:
    """The document again, for screening."""
    return {name: fact.given for name, fact in facts.items()}


def is_same(one: KeptFact | None, other: KeptFact | None) -> bool:
    """Whether nothing is new between them (``merging.same_facts``); None: it was never told."""
    return same_fact(one and one.given, other and other.given)


def _saying(wrapper: Mapping[str, object]) -> Saying:
    page = wrapper.get("page")
    return Saying(
        source=_text(wrapper, "source"),
        provided_by=tuple(sorted(providers(wrapper))),
        observed_at=_text(wrapper, "observed_at"),
        document=_text(wrapper, "document"),
        page=page if isinstance(page, int) else None,
    )


def _value(given: object) -> Value:
    if isinstance(given, dict):
        return _parts(given)
    if isinstance(given, list):
        return tuple(_parts(each) if isinstance(each, dict) else str(each) for each in given)
    return _scalar(given)


def _parts(given: Mapping[str, object]) -> Parts:
    return {part: _scalar(each) for part, each in given.items()}


def _scalar(given: object) -> Scalar:
    return given if given is None or isinstance(given, str | int) else str(given)


def _text(wrapper: Mapping[str, object], name: str) -> str:
    given = wrapper.get(name)
    return given if isinstance(given, str) else ""
