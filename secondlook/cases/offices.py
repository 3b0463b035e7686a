"""What an office decides for itself: which actions need a supervisor's concurrence, and how long things may wait.

Read from settings at start; the lifecycle writes what was in force into the case's state when a stage is entered, so a
later change never moves a deadline that somebody already relies on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

DEFAULT_OFFICE = "default"


class OfficeSettings(BaseModel):
    """One office's rules. ``withdraw_window`` of zero means that a decision is not held at all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    concurrence: frozenset[str] = frozenset({"close", "dismiss", "continue"})
    withdraw_window: timedelta = Field(default=timedelta(minutes=10), ge=timedelta(0))
    review_due: timedelta = Field(default=timedelta(days=30), gt=timedelta(0))
    concurrence_due: timedelta = Field(default=timedelta(days=7), gt=timedelta(0))
    facts_due: timedelta = Field(default=timedelta(days=60), gt=timedelta(0))
    reminder_every: timedelta = Field(default=timedelta(days=14), gt=timedelta(0))


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
            try:
                own[str(office)] = OfficeSettings.model_validate({**default.model_dump(), **(given or {})})
            except ValidationError as problem:
                places = ", ".join(".".join(map(str, e["loc"])) for e in problem.errors())
                raise ValueError(f"{path}: office {office}: {places}: not a valid setting") from None
        fallback = own.pop(DEFAULT_OFFICE, default)
        return cls(fallback, own)
