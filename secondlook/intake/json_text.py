"""JSON text from outside, decoded strictly. Every door calls ``decode`` before anything else looks at the bytes.

Two decoders must agree that it is JSON: orjson refuses bad UTF-8, half surrogates, NaN and numbers too large to hold;
the standard library's shows every key, so that a repeated one (which readers resolve differently) is refused. Whatever
the bytes are, only ``Malformed`` is raised, and it must never hold any of them.
"""

import json

import orjson

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Malformed(Exception):
    """The text is no JSON that this product reads. ``line`` is counted from 1, where one can be named."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        self.problem, self.line = problem, line
        super().__init__(problem if line is None else f"line {line}: {problem}")


class _RepeatedKey(Exception):
    pass


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RepeatedKey
    return found


def decode(data: bytes) -> object:
    """The value. A leading byte order mark is passed over. Raises Malformed."""
    data = data.removeprefix(_BYTE_ORDER_MARK)
    try:
        orjson.loads(data)
        value: object = json.loads(data.decode(), object_pairs_hook=_unique)
    except _RepeatedKey:
        raise Malformed("a key is given twice in one object") from None
    except RecursionError:
        raise Malformed("nested too deeply") from None
    except json.JSONDecodeError as error:
        raise Malformed("not valid JSON in UTF-8", error.lineno) from None
    except ValueError:
        raise Malformed("holds a number too long to read") from None
    return value
