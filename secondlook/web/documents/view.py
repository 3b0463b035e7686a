"""A case's documents as its page shows them, and what stands beside a fact that points to one. Built by its view.

A document is opened where its sender keeps it. Its address is a link only where this installation allows the host now,
whatever it allowed when the document came in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from secondlook.cases.documents import may_be_opened
from secondlook.cases.identity import Document
from secondlook.cases.kept_facts import KeptFact, KeptFacts
from secondlook.web import words


@dataclass(frozen=True, slots=True)
class Cite:
    """Where a fact says that it stands: a document by its id, and the page."""

    document: str
    page: int | None


@dataclass(frozen=True, slots=True)
class Cited:
    """The same in words. ``address`` is None where there is nothing to open."""

    title: str
    address: str | None
    page: int | None


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One document with what is known of it and the facts that point to it, as code and name."""

    title: str
    about: str
    address: str | None
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DocumentsView:
    """All documents of the case."""

    lines: tuple[DocumentLine, ...]
    _known: Mapping[str, Document]
    _whole: bool

    @property
    def pointed_to(self) -> tuple[DocumentLine, ...]:
        """Those in which a fact stands."""
        return tuple(line for line in self.lines if line.facts)

    @property
    def others(self) -> tuple[DocumentLine, ...]:
        return tuple(line for line in self.lines if not line.facts)

    def cited(self, cites: Iterable[Cite]) -> tuple[Cited, ...]:
        """What a fact points to. One that the case does not list has no address; it is left out where not all of the
        case is shown, since there it may be one that is not to be known of.
        """
        return tuple(self._cited(each) for each in dict.fromkeys(cites) if self._whole or each.document in self._known)

    def _cited(self, cite: Cite) -> Cited:
        document = self._known.get(cite.document)
        if document is None:
            return Cited(f"Document {cite.document}, which the case does not list", None, cite.page)
        return Cited(_title(document), _address(document), cite.page)


def cites_of(fact: KeptFact) -> tuple[Cite, ...]:
    """The documents that the observations behind a fact name."""
    return tuple(dict.fromkeys(Cite(each.document, each.page) for each in fact.sayings if each.document))


def documents_view(documents: tuple[Document, ...], facts: KeptFacts, *, whole: bool) -> DocumentsView:
    """The documents in their sender's order."""
    cited = {
        name: {cite.document for voice in facts[name].voices for cite in cites_of(voice)}
        for name in words.FACTS
        if name in facts
    }
    lines = tuple(
        DocumentLine(
            title=_title(each),
            about=", ".join(part for part in (each.kind, words.day(each.date), _pages(each)) if part),
            address=_address(each),
            facts=tuple((name, words.FACTS[name]) for name, ids in cited.items() if each.id in ids),
        )
        for each in documents
    )
    return DocumentsView(lines, {each.id: each for each in documents}, whole)


def _title(document: Document) -> str:
    return document.title or f"Document {document.id}"


def _address(document: Document) -> str | None:
    return document.address if may_be_opened(document.address) else None


def _pages(document: Document) -> str:
    return f"{document.pages} page{'' if document.pages == 1 else 's'}" if document.pages else ""
