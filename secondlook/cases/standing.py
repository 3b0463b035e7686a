"""Which of a fact's observations stands, and how what stands is written (INTERFACES, "Which observation stands").

Called by ``merging`` for a fact that was told more than once. All observations are considered each time, in their own
order, so any order of delivery ends alike. What an abuser alone says is weighed by itself and never replaces what
somebody else said.

What stands is written as it was given. Where it comes from several observations it is a wrapper around the whole, with
what stands of each below ``observations``; what an abuser says beside somebody else stands below ``abuser_said``. A
reader that knows neither key reads what the others said.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from secondlook.cases.observations import Observation, canonical, in_order, proves_nothing, providers

ABUSER_SAID = "abuser_said"
OBSERVATIONS = "observations"


@dataclass(frozen=True, slots=True)
class _Stands:
    """What stands of one voice: a value with the observations it comes from, or (not ``known``) why there is none."""

    value: object
    partial: bool
    known: bool
    told: tuple[tuple[Observation, object], ...]
    """Each observation with what of its value stands."""

    @classmethod
    def one(cls, told: Observation) -> "_Stands":
        return cls(told.value, told.partial, told.unknown is None, ((told, told.value),))

    @property
    def holds_its_own(self) -> bool:
        """Whether it stays in sight beside the abuser's word: a value, or that the sources conflict."""
        return self.known or self.told[0][0].unknown == "conflicting"

    @property
    def is_one_as_given(self) -> bool:
        told, said = self.told[0]
        return len(self.told) == 1 and said == told.value and self.partial == told.partial

    def written(self) -> object:
        return self.told[0][0].given if self.is_one_as_given else self.wrapper()

    def wrapper(self) -> dict[str, object]:
        if self.is_one_as_given:
            return self.told[0][0].wrapper
        wrapper: dict[str, object] = {"value": self.value}
        named = [providers(each.wrapper) for each, _ in self.told]
        if all(named):
            wrapper["provided_by"] = sorted(frozenset().union(*named))
        if self.partial:
            wrapper["coverage"] = "partial"
        return {**wrapper, OBSERVATIONS: [{**each.wrapper, "value": said} for each, said in self.told]}


_Stand = Callable[[Sequence[Observation]], _Stands | None]


def standing(observations: Iterable[Observation]) -> object:
    """The fact as it stands after all of these (at least one)."""
    ordered = in_order(observations)
    if len(ordered) == 1:
        return ordered[0].given
    if any(isinstance(each.value, dict) and each.value for each in ordered):
        others, abusers = _record(ordered)
    else:
        of_lists = any(isinstance(each.value, list) for each in ordered)
        others, abusers = _two_voices(ordered, _stands_of_list if of_lists else _stands_of_one)
    if abusers is None or not abusers.known:
        stands = others or abusers
        return stands.written() if stands else ordered[-1].given
    if others is None or not others.holds_its_own:
        return abusers.written()
    return {**others.wrapper(), ABUSER_SAID: abusers.wrapper()}


def _two_voices(ordered: Sequence[Observation], stand: _Stand) -> tuple[_Stands | None, _Stands | None]:
    """What stands of what others said, and of what an abuser alone said, once all that was retracted is gone."""
    others: list[Observation] = []
    abusers: list[Observation] = []
    for each in ordered:
        if each.unknown == "retracted":
            voices = (abusers,) if each.by_abuser else (others, abusers)
            if each.source is None:
                _take_back_what_stands(voices, stand)
            else:
                for voice in voices:
                    voice[:] = [said for said in voice if said.source != each.source]
        (abusers if each.by_abuser else others).append(each)
    return stand(others), stand(abusers)


def _take_back_what_stands(voices: Sequence[list[Observation]], stand: _Stand) -> None:
    """The value that stands, however often it was said. That the sources conflict is no value and stays."""
    for voice in voices:
        stands = stand(voice)
        if stands is not None and stands.holds_its_own:
            gone = [canonical(told.value) for told, _ in stands.told if stands.known]
            voice[:] = [said for said in voice if said.unknown is not None or canonical(said.value) not in gone]
            return


def _stands_of_one(voice: Sequence[Observation]) -> _Stands | None:
    """The latest that is news, else the latest value that proves nothing, else the latest reason for not knowing."""
    for wanted in (
        [each for each in voice if each.is_news],
        [each for each in voice if each.unknown is None],
        voice,
    ):
        if wanted:
            return _Stands.one(wanted[-1])
    return None


def _stands_of_list(voice: Sequence[Observation]) -> _Stands | None:
    """The latest whole list, with what later partial ones add to it and without what came before."""
    whole = max((n for n, each in enumerate(voice) if each.is_news and not each.partial), default=-1)
    base = [voice[whole]] if whole >= 0 and isinstance(voice[whole].value, list) else []
    elements: list[object] = []
    told: list[Observation] = []
    for each in (*base, *(later for later in voice[whole + 1 :] if later.partial and later.is_news)):
        added = _not_there_yet(elements, each.value) if isinstance(each.value, list) else []
        if added or each in base:
            elements += added
            told.append(each)
    if not told:
        return _stands_of_one(voice)
    return _Stands(elements, not base, True, tuple((each, each.value) for each in told))


def _not_there_yet(elements: Sequence[object], more: Sequence[object]) -> list[object]:
    """What a list adds to these elements; one that is said twice is there twice."""
    there = Counter(canonical(each) for each in elements)
    added = []
    for each in more:
        if there[key := canonical(each)]:
            there[key] -= 1
        else:
            added.append(each)
    return added


def _record(ordered: Sequence[Observation]) -> tuple[_Stands | None, _Stands | None]:
    """Part by part, each with whoever stands for it."""
    others: dict[str, _Stands] = {}
    abusers: dict[str, _Stands] = {}
    for part in dict.fromkeys(part for each in ordered if isinstance(each.value, dict) for part in each.value):
        said = [
            replace(each, value=each.value[part]) if isinstance(each.value, dict) else each
            for each in ordered
            if each.unknown is not None or (isinstance(each.value, dict) and part in each.value)
        ]
        for voice, stands in zip((others, abusers), _two_voices(said, _stands_of_one), strict=True):
            if stands is not None:
                voice[part] = stands
    return _put_together(others, ordered), _put_together(abusers, ordered)


def _put_together(parts: Mapping[str, _Stands], ordered: Sequence[Observation]) -> _Stands | None:
    known = {part: stands for part, stands in parts.items() if stands.known}
    if not known:
        unknown = sorted(parts.values(), key=lambda each: each.holds_its_own)
        return unknown[-1] if unknown else None
    # A wrapper has one coverage. Where a part is known to be false, one that a partial search did not find must go: to
    # the rules it is as if nothing were said of it.
    not_found = {part for part, stands in known.items() if stands.partial and proves_nothing(stands.value)}
    if any(proves_nothing(stands.value) for part, stands in known.items() if part not in not_found):
        known = {part: stands for part, stands in known.items() if part not in not_found}
        not_found = set()
    told = []
    for each in ordered:
        said = {part: stands.value for part, stands in known.items() if stands.told[0][0].is_same(each)}
        if said:
            told.append((each, said))
    value = {part: stands.value for part, stands in known.items()}
    return _Stands(value, bool(not_found) or all(each.partial for each, _ in told), True, tuple(told))
