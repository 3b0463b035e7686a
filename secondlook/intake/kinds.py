"""What a file is, by its first bytes: in which coding its text is, how cases are written in it, or why it is not read.

Called by ``lines`` with what stands at the beginning of a file, after gzip. A file is turned away as a whole only where
nothing in sight looks like a line of JSON; what it holds is never repeated.
"""

from __future__ import annotations

import codecs
import re
from enum import Enum

from secondlook.intake.json_text import Malformed, decode

HEAD = 64 * 1024
"""How many bytes are looked at."""

_SEND = "send events or cases as JSON lines, as a JSON array, or either compressed with gzip"
_SIGNATURES = (
    (b"PK\x03\x04", "a zip archive: unpack it and load the files in it"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xfd7zXZ\x00", "compressed with xz: load what `xz -dc` makes of it, with - in place of the file"),
    (b"BZh", "compressed with bzip2: load what `bzip2 -dc` makes of it, with - in place of the file"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd: load what `zstd -dc` makes of it, with - in place of the file"),
    (b"\x04\x22\x4d\x18", "compressed with lz4: load what `lz4 -dc` makes of it, with - in place of the file"),
    (b"\x1f\x9d", "compressed with compress: load what `gzip -dc` makes of it, with - in place of the file"),
    (b"\x1f\x8b", "compressed with gzip twice: unpack it once"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it and load the files in it"),
    (b"Rar!\x1a\x07", "a RAR archive: unpack it and load the files in it"),
    (b"%PDF-", f"a PDF document: {_SEND}"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", f"an Office document: {_SEND}"),
    (b"SQLite format 3\x00", f"an SQLite database: {_SEND}"),
    (b"PAR1", f"a Parquet file: {_SEND}"),
    (b"{\\rtf", f"an RTF document: {_SEND}"),
    (b"\x89PNG", f"a picture: {_SEND}"),
    (b"\xff\xd8\xff", f"a picture: {_SEND}"),
    (b"\x1e", "a JSON text sequence: send JSON lines, without the separators"),
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WITHOUT_MARK = (
    (re.compile(rb"[\t\n\r -~]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[\t\n\r -~]"), "utf-32-be"),
    (re.compile(rb"[\t\n\r -~]\0[^\0]?"), "utf-16-le"),
    (re.compile(rb"\0[\t\n\r -~]"), "utf-16-be"),
)
_JSON_LINE = re.compile(rb"^[ \t\r]*[\[{]", re.MULTILINE)
_CONTROL = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]")


class Layout(Enum):
    """How cases stand in the text: one a line, or as JSON values that go over lines (an array's are its items)."""

    LINES = "line"
    VALUES = "item"


class WrongKind(Exception):
    """The file is nothing that can be read here; the message says what it is and what to send."""


def coding(head: bytes) -> tuple[str, int]:
    """The name of the text's coding, and how many bytes its mark takes."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, len(mark)
    return next((name for pattern, name in _WITHOUT_MARK if pattern.match(head)), "utf-8"), 0


def check_signature(head: bytes) -> None:
    """Raises WrongKind for what is no text, or not any more."""
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            if signature == b"PK\x03\x04" and re.search(rb"xl/|word/|\[Content_Types\]|mimetype", head):
                what = f"a spreadsheet or an Office document: {_SEND}"
            raise WrongKind(f"is {what}")
    if head[257:262] == b"ustar":
        raise WrongKind("is a tar archive: unpack it and load the files in it")


def layout(head: bytes) -> Layout | None:
    """How cases stand in text that begins so; None where nothing stands in it. Raises WrongKind."""
    text = head.lstrip()
    if not text:
        return None
    if not _JSON_LINE.search(head):
        raise WrongKind(_not_json(text))
    first = text.split(b"\n", 1)[0].strip()
    if text.startswith(b"["):
        return Layout.VALUES
    goes_on = first.endswith((b"{", b"[", b",")) and text.startswith(b"{") and not _is_whole(first)
    return Layout.VALUES if goes_on else Layout.LINES


def _is_whole(line: bytes) -> bool:
    try:
        decode(line)
    except Malformed:
        return False
    return True


def _not_json(text: bytes) -> str:
    if _CONTROL.search(text[:4096]):
        return f"is binary data, no text: {_SEND}"
    first = text.split(b"\n", 1)[0]
    if first.lower().startswith((b"<?xml", b"<!doctype", b"<html")) or first.startswith(b"<"):
        return f"is XML or HTML: {_SEND}"
    for separator, what in ((b"\t", "a table with tabs (TSV)"), (b";", "a table (CSV)"), (b",", "a table (CSV)")):
        if separator in first:
            return f"looks like {what}: {_SEND}"
    return f"holds no JSON: {_SEND}"
