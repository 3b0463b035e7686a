"""Writes docs/events.md from the event types, stages and refusals themselves: ``python docs/events.py``."""

from __future__ import annotations

from pathlib import Path

from secondlook.cases.event_type import event_types
from secondlook.cases.lifecycle import table
from secondlook.cases.moves import Refuse
from secondlook.cases.offices import OfficeSettings
from secondlook.cases.refusal import refusals
from secondlook.cases.stage import stages

PAGE = Path(__file__).with_name("events.md")


def page() -> str:
    """The page's text."""
    judged = sorted({name for rules in table().values() for name in rules})
    return "\n".join(
        [
            "# Events, stages and refusals",
            "",
            "Made by `docs/events.py` from `secondlook/cases/event_types` and `secondlook/cases/stages`; a test holds",
            "it to them. What an event's `data` must hold is in `/openapi.json` and in each type's own file.",
            "",
            "## Event types",
            *_rows(("type", "in histories", "what it is", "sent by"), _types()),
            "",
            "## Stages",
            *_rows(("stage", "in words", "next is", "deadlines"), _stages()),
            "",
            "## What is judged, at every stage",
            *_rows(("stage", *judged), _judged(judged)),
            "",
            "A refusal stands with its reason; all else is the rule's name in its event type's file.",
            "",
            "## Why an event changed nothing",
            *_rows(
                ("reason", "what its sender is told"),
                sorted((f"`{code}`", each.words) for code, each in refusals().items()),
            ),
            "",
        ]
    )


def _types() -> list[tuple[str, ...]]:
    return [(f"`{each.name}`", f"`{each.short}`", each.summary, each.sender.value) for each in event_types()]


def _stages() -> list[tuple[str, ...]]:
    return [
        (
            f"`{stage}`",
            stage.words,
            stage.next_words,
            ", ".join(stage.deadlines(OfficeSettings())) or "none",
        )
        for stage in stages()
    ]


def _judged(names: list[str]) -> list[tuple[str, ...]]:
    rows = []
    for stage, rules in table().items():
        cells = []
        for name in names:
            rule = rules[name]
            told = rule.reason if isinstance(rule, Refuse) else rule.__name__.strip("_").replace("_", " ")
            cells.append(f"`{told}`" if isinstance(rule, Refuse) else told)
        rows.append((f"`{stage}`", *cells))
    return rows


def _rows(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    lines = [head, tuple("---" for _ in head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
