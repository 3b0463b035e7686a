"""What an office decides for itself: which actions need a supervisor's concurrence, how long things may wait, and of
whom facts can be asked.

Read from settings at start; the lifecycle writes what was in force into the case's state when a stage is entered, so a
later change never moves a deadline that somebody already relies on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from secondlook.cases.fields import FieldProblem, text
from secondlook.cases.stage import stages

DEFAULT_OFFICE = "default"

_AS_WRITTEN = re.compile(r"(\d{1,6})\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _duration(given: object) -> object:
    """``30s``, ``10m``, ``2h``, ``14d`` as people write them; all else is left for pydantic."""
    written = _AS_WRITTEN.fullmatch(given.strip()) if isinstance(given, str) else None
    return timedelta(**{_UNITS[written[2]]: int(written[1])}) if written else given


LONGEST_ADDRESSEE = 200
_addressee = text(LONGEST_ADDRESSEE)


def _plain(name: str) -> str:
    problems: list[FieldProblem] = []
    _addressee(name, "", problems)
    if problems:
        raise ValueError
    return name


Addressee = Annotated[str, AfterValidator(_plain)]


def _zone(given: str) -> str:
    try:
        ZoneInfo(given)
    except (ValueError, OSError):
        raise ValueError("no time zone of this machine's") from None
    return given


Zone = Annotated[str, AfterValidator(_zone)]
"""The name of a time zone, such as ``America/Denver``."""
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Ending = Literal["close", "dismiss", "continue"]


class OfficeSettings(BaseModel):
    """One office's rules. ``withdraw_window`` of zero means that a decision is not held at all.

    ``passes`` says which actions pass a stage that is switched on per office, by the stage's code; ``waits`` how long a
    case may wait there. ``zone`` is the time zone of the office's pages; of ``lane_hidden_percent`` of its cases the
    lane is shown to an attorney only after they have said their own view; of ``second_read_percent`` of its rounds
    somebody else reads the evidence once more. What decides a case is written into its state whole. What a state of
    release 0.1 leaves out is what the defaults here say, so these stay as they are: a later release's defaults belong
    into ``Offices``. Settings of a newer release in a state are kept.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    concurrence: frozenset[Ending] = frozenset({"close", "dismiss", "continue"})
    withdraw_window: Duration = Field(default=timedelta(minutes=10), ge=timedelta(0))
    review_due: Duration = Field(default=timedelta(days=30), gt=timedelta(0))
    concurrence_due: Duration = Field(default=timedelta(days=7), gt=timedelta(0))
    facts_due: Duration = Field(default=timedelta(days=60), gt=timedelta(0))
    reminder_every: Duration = Field(default=timedelta(days=14), gt=timedelta(0))
    passes: Mapping[str, frozenset[Ending]] | None = None
    waits: Mapping[str, Duration] | None = None
    addressees: tuple[Addressee, ...] = Field(
        default=("The system that sent the case", "The respondent or counsel", "Another agency"),
        min_length=1,
        max_length=50,
        exclude=True,
    )
    """Whom facts can be asked of, in words. Offered by forms and in no case's state: no deadline relies on it."""
    # What decides no case, of the settings in force: no case's state holds it.
    zone: Zone = Field(default="America/New_York", exclude=True)
    lane_hidden_percent: float = Field(default=5, ge=0, le=100, exclude=True)
    second_read_percent: float = Field(default=5, ge=0, le=100, exclude=True)

    def passed(self, stage: str, action: str) -> bool:
        """Whether decisions with this action pass a stage."""
        return action in (self.passes or {}).get(stage, ())

    def wait(self, stage: str, usual: timedelta) -> timedelta:
        """How long a case may wait at a stage before it is overdue."""
        return (self.waits or {}).get(stage, usual)


class Offices:
    """All offices' settings, with a default for those that set nothing of their own."""

    def __init__(self, default: OfficeSettings, own: Mapping[str, OfficeSettings] | None = None) -> None:
        self._default = default
        self._own = dict(own or {})

    def of(self, office: str) -> OfficeSettings:
        """The settings in force for an office code such as ``BAL``."""
        return self._own.get(office, self._default)

    @classmethod
    def read(cls, path: Path | None, default: OfficeSettings) -> Offices:
        """Read a YAML file that maps office codes to settings; ``default`` fills what an office leaves out.

        Raises ValueError naming the file, the office and the field.
        """
        if path is None:
            return cls(default)
        try:
            document = yaml.safe_load(path.read_text()) or {}
        except (OSError, yaml.YAMLError) as problem:
            raise ValueError(f"{path}: cannot be read as YAML ({type(problem).__name__})") from None
        if not isinstance(document, dict):
            raise ValueError(f"{path}: must map office codes to settings")
        own = {}
        for office, given in document.items():
            if not isinstance(given, dict | None):
                raise ValueError(f"{path}: office {office}: must map settings to values")
            try:
                own[str(office)] = OfficeSettings.model_validate({**dict(default), **(given or {})})
            except ValidationError as problem:
                places = [".".join(map(str, e["loc"])) for e in problem.errors()]
            else:
                places = _unknown(given or {})
            if places:
                raise ValueError(f"{path}: office {office}: {', '.join(places)}: not a valid setting")
        fallback = own.pop(DEFAULT_OFFICE, default)
        return cls(fallback, own)


def _unknown(given: Mapping[str, object]) -> list[str]:
    """Settings and stages that nobody knows: a mistyped one must not be ignored."""
    unknown = [str(name) for name in given if name not in OfficeSettings.model_fields]
    for name in ("passes", "waits"):
        by_stage = given.get(name)
        known = {str(stage) for stage in stages()}
        unknown += (
            [f"{name}.{stage}" for stage in by_stage or () if stage not in known]
            if isinstance(by_stage, Mapping)
            else []
        )
    return unknown
