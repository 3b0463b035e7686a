"""Reads a page as a browser would, and refuses what no page of ours may have: broken HTML, inputs without a label,
forms without a token, inline code, other hosts. Every page that a test gets goes through here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import ClassVar

VOID = {"input", "meta", "link", "br", "hr", "img"}
RAW = {"script", "style"}


@dataclass
class Form:
    """A form as it stands on a page: where it goes, and what it would send if nothing were changed."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    choices: set[tuple[str, str]] = field(default_factory=set)
    id: str = ""
    names: set[str] = field(default_factory=set)

    def value(self, name: str) -> str:
        return next(value for given, value in self.fields if given == name)

    def filled(self, **given: str | list[str]) -> list[tuple[str, str]]:
        """What it sends with these fields filled in; a field that it does not have is a mistake of the test."""
        changed = {name.replace("finding_", "finding.").replace("__", "-"): value for name, value in given.items()}
        assert set(changed) <= self.names, f"no such field: {set(changed) - self.names}"
        sent = [(name, value) for name, value in self.fields if name not in changed]
        for name, value in changed.items():
            sent += [(name, each) for each in ([value] if isinstance(value, str) else value)]
        return sent


@dataclass
class Page(HTMLParser):
    """A parsed page. ``problems`` must stay empty."""

    status: int
    text: str
    problems: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    words: str = ""
    heading: str = ""
    title: str = ""

    CLOSES: ClassVar[dict[str, set[str]]] = {}

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[str] = []
        self._ahead: set[str] = set()
        self._by_id: dict[str, Form] = {}
        self._ids: set[str] = set()
        self._labelled: set[str] = set()
        self._inputs: list[str] = []
        self._targets: list[str] = []
        self._headings: list[int] = []
        self._area: str | None = None
        self._option: str | None = None
        if not self.text.startswith("<!doctype html>"):
            self.problems.append("no doctype")
        self.feed(self.text)
        self.close()
        self._finish()

    def form(self, ending: str) -> Form:
        """The form whose address ends so."""
        found = [form for form in self.forms if form.action.endswith(ending)]
        assert len(found) == 1, f"{len(found)} forms end in {ending}"
        return found[0]

    def has_form(self, ending: str) -> bool:
        return any(form.action.endswith(ending) for form in self.forms)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if len(given) != len(attrs):
            self.problems.append(f"an attribute twice in <{tag}>")
        if tag not in VOID:
            self._open.append(tag)
        for name, value in given.items():
            if name.startswith("on") or name == "style":
                self.problems.append(f"inline code: {name} in <{tag}>")
            away = tag == "a" and given.get("rel") == "noreferrer" and str(value).startswith("https://")
            if name in ("href", "src", "action") and not str(value).startswith(("/", "#")) and not away:
                self.problems.append(f"another host: {tag} {name}")
        if "id" in given:
            if given["id"] in self._ids:
                self.problems.append(f"id twice: {given['id']}")
            self._ids.add(str(given["id"]))
        for name in ("aria-describedby", "aria-labelledby"):
            self._targets += str(given.get(name) or "").split()
        getattr(self, f"_start_{tag}", lambda given: None)(given)
        if tag in {"h1", "h2", "h3", "h4"}:
            self._headings.append(int(tag[1]))

    def _start_a(self, given: dict[str, str | None]) -> None:
        href = str(given.get("href"))
        self.links.append(href)
        if href.startswith("#"):
            self._targets.append(href[1:])

    def _start_form(self, given: dict[str, str | None]) -> None:
        if self._open.count("form") > 1:
            self.problems.append("a form within a form")
        form = self._form(str(given["id"])) if given.get("id") in self._ahead else Form("", "")
        form.action, form.method, form.id = str(given["action"]), str(given.get("method")), str(given.get("id", ""))
        self._ahead.discard(form.id)
        self.forms.append(form)

    def _form(self, form_id: str) -> Form:
        """The form of an id, also before it stands on the page: what is sent with it may stand ahead of it."""
        return self._by_id.setdefault(form_id, Form("", ""))

    def _owner(self, given: dict[str, str | None]) -> Form:
        owner = given.get("form")
        if owner is None:
            return self.forms[-1]
        found = next((form for form in self.forms if form.id == owner), None)
        if found is None:
            self._ahead.add(owner)
        return found or self._form(owner)

    def _start_label(self, given: dict[str, str | None]) -> None:
        self._labelled.add(str(given.get("for")))

    def _start_script(self, given: dict[str, str | None]) -> None:
        if "src" not in given:
            self.problems.append("inline script")

    def _start_style(self, _given: dict[str, str | None]) -> None:
        self.problems.append("inline style")

    def _start_input(self, given: dict[str, str | None]) -> None:
        kind, name, value = given.get("type"), str(given.get("name")), str(given.get("value", ""))
        form = self._owner(given)
        form.names.add(name)
        if kind != "hidden":
            self._inputs.append(str(given.get("id")))
        if kind in ("radio", "checkbox"):
            form.choices.add((name, value))
            if "checked" not in given:
                return
        form.fields.append((name, value))

    def _start_textarea(self, given: dict[str, str | None]) -> None:
        self._inputs.append(str(given.get("id")))
        self._area = ""
        self.forms[-1].names.add(str(given["name"]))
        self.forms[-1].fields.append((str(given["name"]), ""))

    def _start_select(self, given: dict[str, str | None]) -> None:
        self._inputs.append(str(given.get("id")))
        self._owner(given).names.add(str(given["name"]))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self.problems.append(f"</{tag}> closes <{self._open[-1] if self._open else 'nothing'}>")
            return
        self._open.pop()
        if tag == "textarea" and self._area is not None:
            name, _ = self.forms[-1].fields[-1]
            self.forms[-1].fields[-1] = (name, self._area.removeprefix("\n"))
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area += data
        elif self._open and self._open[-1] not in RAW:
            self.words += data
        if "h1" in self._open:
            self.heading += data
        if "title" in self._open and "svg" not in self._open:
            self.title += data

    def _finish(self) -> None:
        self.words = " ".join(self.words.split())
        self.heading = " ".join(self.heading.split())
        if self._open:
            self.problems.append(f"left open: {self._open}")
        if self._headings.count(1) != 1:
            self.problems.append(f"{self._headings.count(1)} h1")
        before = 1
        for level in [level for level in self._headings if level != 1]:
            if level > before + 1:
                self.problems.append(f"h{level} after h{before}")
            before = level
        self.problems += [f"no label: {each}" for each in self._inputs if each not in self._labelled]
        self.problems += [f"a field of no form: {each}" for each in self._ahead]
        self.problems += [f"no such id: {each}" for each in self._targets if each not in self._ids]
        for form in self.forms:
            if form.method == "post" and "csrf_token" not in form.names:
                self.problems.append(f"no token: {form.action}")
        if not self.title.endswith("– Second Look"):
            self.problems.append("no title")
