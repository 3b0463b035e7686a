"""Sets a page for paper: HTML on standard input, a tagged PDF on standard output. A process of its own, one a document.

Started by ``printer`` and by nothing else. It holds no key and no address of the record, fetches nothing but our own
fonts, and what it says on the way goes nowhere: a complaint about a text could quote it. The same page gives the same
bytes on the same machine.
"""

from __future__ import annotations

import logging
import os
import resource
import sys
from pathlib import Path
from typing import Final

NO_LIBRARY: Final = 3
"""The exit code where WeasyPrint or what it stands on (Debian's pango) is not there."""
NO_LETTERS: Final = 4
"""The exit code where no font has a letter of the text: a box would stand in its place, for ever."""
_BOX: Final = ".notdef glyph"
"""How WeasyPrint's complaint about such a letter begins. It goes on with the letter."""
_SECONDS, _BYTES = 60, 2 * 1024**3
_FONTS: Final = Path(__file__).parents[1] / "static" / "uswds" / "fonts" / "source-sans-pro"
_FACES: Final = {
    ("normal", "normal"): "sourcesanspro-regular-webfont.woff2",
    ("bold", "normal"): "sourcesanspro-bold-webfont.woff2",
}


class LettersMissing(Exception):
    """No font has a letter of the text."""


def typeset(html: bytes) -> bytes:
    """The page as a tagged PDF. Raises LettersMissing."""
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    class OurFonts(URLFetcher):  # type: ignore[misc]
        """Answers for the fonts above, and for no other address."""

        def fetch(self, url: str, headers: object = None) -> object:
            if url not in {(_FONTS / name).as_uri() for name in _FACES.values()}:
                raise ValueError("nothing else is fetched")
            return super().fetch(url, headers)

    faces = "".join(
        f'@font-face {{ font-family: "Source Sans Pro"; font-weight: {weight}; font-style: {style}; '
        f'src: url("{(_FONTS / name).as_uri()}") }}'
        for (weight, style), name in _FACES.items()
    )
    fetcher, fonts = OurFonts(), FontConfiguration()
    css = CSS(string=faces, url_fetcher=fetcher, font_config=fonts)
    boxes = _Boxes()
    logging.getLogger("weasyprint").addHandler(boxes)
    page = HTML(string=html.decode(), url_fetcher=fetcher)
    written: bytes = page.write_pdf(
        stylesheets=[css], font_config=fonts, pdf_tags=True, pdf_version="1.7", pdf_identifier=b"secondlook"
    )
    if boxes.any:
        raise LettersMissing
    return written


class _Boxes(logging.Handler):
    """Hears whether a box stands where a letter should; says nothing."""

    any = False

    def emit(self, record: logging.LogRecord) -> None:
        self.any |= str(record.msg).startswith(_BOX)


def main() -> None:
    """Read, set, write."""
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        sys.exit(NO_LIBRARY)
    try:
        written = typeset(sys.stdin.buffer.read())
    except LettersMissing:
        sys.exit(NO_LETTERS)
    sys.stdout.buffer.write(written)


if __name__ == "__main__":
    main()
