"""The court system's codes in words: languages, case types, charges. Called by the case's view.

A code that is not in the tables stays as it came: the tables are the courts' and grow without us.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, Literal

import orjson

from secondlook import cases

_FOLDER: Final = Path(cases.__file__).parent / "reference"

Codes = Literal["case_types", "charges", "languages"]


def in_words(codes: Codes, code: str) -> str:
    """A code's words with the code behind them."""
    found = _table(codes).get(code)
    if found is None:
        return code
    return f"{found.title() if found.isupper() else found} ({code})"


@cache
def _table(codes: Codes) -> dict[str, str]:
    table: dict[str, str] = orjson.loads((_FOLDER / f"{codes}.json").read_bytes())
    return table
