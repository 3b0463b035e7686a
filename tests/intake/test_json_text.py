"""JSON from outside: what two readers could understand differently is refused, and nothing of it is repeated."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondlook.intake.json_text import Malformed, decode
from tests.cases.documents import CANARY
from tests.cases.test_facts import json_values


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b"{" + CANARY.encode(),
        b'{"%b": 1, "%b": 2}' % (CANARY.encode(), CANARY.encode()),
        b'[{"a": {"x": 1, "\\u0078": 2}}]',
        b"NaN",
        b"[-Infinity]",
        b"1e999",
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b"\xff\xfe{\x00}\x00",
        b'"\xc0\xaf"',
        b"{} {}",
        b"{'a': 1}",
        b"[1,]",
        b"01",
        b'"\x00"',
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b"1" * 10_000,
        b"\x1f\x8b\x08\x00",
    ],
    ids=range(22),
)
def test_anything_but_plain_json_is_malformed(text: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        decode(text)
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None


def test_nesting_just_below_the_first_reader_s_limit_is_refused_cleanly() -> None:
    depth = sys.getrecursionlimit() + 10
    with pytest.raises(Malformed):
        decode(b"[" * depth + b"]" * depth)


def test_the_line_of_a_mistake_is_named() -> None:
    with pytest.raises(Malformed, match=r"^line 3: ") as caught:
        decode(b'{"a": 1,\n"b": 2,\n!}')
    assert caught.value.line == 3


def test_a_byte_order_mark_is_passed_over() -> None:
    assert decode(b'\xef\xbb\xbf{"a": [1, true, null, "\xc3\xa9"]}') == {"a": [1, True, None, "é"]}


@given(st.binary())
def test_no_bytes_raise_anything_but_malformed(data: bytes) -> None:
    try:
        decode(data)
    except Malformed as malformed:
        assert malformed.problem


@given(json_values)
def test_what_json_can_say_is_read_as_said(value: object) -> None:
    try:
        text = json.dumps(value, allow_nan=False).encode()
    except ValueError:
        return
    try:
        assert decode(text) == value
    except Malformed:
        assert b"\\ud" in text  # half a surrogate pair
