"""The three modes of the CloudEvents HTTP protocol binding, held to the specification's examples (1.0.2)."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondlook.cases.events import parse_event
from secondlook.cases.fields import Invalid
from secondlook.intake.cloudevents import Mode, UnsupportedMediaType, attribute_value, mode_of, read
from secondlook.intake.json_text import Malformed
from tests.cases.documents import CANARY

BASE64 = {"specversion": "1.0", "id": "1", "source": "/a", "type": "t"}
BINARY_EXAMPLE = [
    ("Content-Type", "application/json; charset=utf-8"),
    ("ce-specversion", "1.0"),
    ("ce-type", "com.example.someevent"),
    ("ce-time", "2018-04-05T03:56:24Z"),
    ("ce-id", "1234-1234-1234"),
    ("ce-source", "/mycontext/subcontext"),
    ("Content-Length", "17"),
]
STRUCTURED_EXAMPLE = {
    "specversion": "1.0",
    "type": "com.github.pull_request.opened",
    "source": "https://github.com/cloudevents/spec/pull",
    "subject": "123",
    "id": "A234-1234-1234",
    "time": "2018-04-05T17:31:00Z",
    "comexampleextension1": "value",
    "comexampleothervalue": 5,
    "datacontenttype": "application/json",
    "data": {"appinfoA": "abc", "appinfoB": 123, "appinfoC": True},
}


@pytest.mark.parametrize(
    ("content_type", "mode"),
    [
        ("application/cloudevents+json", Mode.STRUCTURED),
        ("application/cloudevents+json; charset=UTF-8", Mode.STRUCTURED),
        ("Application/CloudEvents+JSON", Mode.STRUCTURED),
        ("application/cloudevents-batch+json; charset=utf-8", Mode.BATCH),
        ("application/json", Mode.BINARY),
        ('application/json;charset="utf-8"', Mode.BINARY),
        ("application/vnd.intake+json", Mode.BINARY),
    ],
)
def test_the_content_type_alone_tells_the_mode(content_type: str, mode: Mode) -> None:
    assert mode_of(content_type) is mode


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/xml",
        "application/cloudevents",
        "application/cloudevents+avro",
        "application/cloudevents-batch+protobuf",
        "application/cloudevents-batch",
        "application/json; charset=utf-16",
        "application/x-www-form-urlencoded",
    ],
)
def test_other_media_types_are_not_read(content_type: str | None) -> None:
    with pytest.raises(UnsupportedMediaType):
        mode_of(content_type)


def test_the_binary_example_becomes_its_structured_form() -> None:
    assert read(Mode.BINARY, BINARY_EXAMPLE, b'{"key": "value"}\n') == [
        {
            "specversion": "1.0",
            "type": "com.example.someevent",
            "time": "2018-04-05T03:56:24Z",
            "id": "1234-1234-1234",
            "source": "/mycontext/subcontext",
            "datacontenttype": "application/json; charset=utf-8",
            "data": {"key": "value"},
        }
    ]


def test_the_structured_example_is_read_whatever_ce_headers_say() -> None:
    body = json.dumps(STRUCTURED_EXAMPLE).encode()
    assert read(Mode.STRUCTURED, [("ce-id", "another"), ("ce-type", "%zz")], body) == [STRUCTURED_EXAMPLE]


def test_a_batch_is_an_array_in_its_order_and_may_be_empty() -> None:
    events = [STRUCTURED_EXAMPLE, {**STRUCTURED_EXAMPLE, "id": "2"}]
    assert read(Mode.BATCH, [], json.dumps(events).encode()) == events
    assert read(Mode.BATCH, [], b"[]") == []
    with pytest.raises(Malformed):
        read(Mode.BATCH, [], json.dumps(STRUCTURED_EXAMPLE).encode())


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),  # the specification's example
        ("plain", "plain"),
        ("", ""),
        ("with space", "with space"),
        ("%e2%82%ac", "€"),
        ("%22quoted%22", '"quoted"'),
        ('"quoted \\"again\\" and %25"', 'quoted "again" and %'),
        ("once%2520only", "once%20only"),
        ('open "quote', 'open "quote'),
    ],
)
def test_header_values_are_unquoted_and_percent_decoded_once(header: str, value: str) -> None:
    assert attribute_value(header) == value


@pytest.mark.parametrize("header", ["%", "100%", "%zz", "%C3%28", "%ED%A0%80", "%C0%AF", "%FF", "é", "a\tb", "a\x7f"])
def test_header_values_that_decode_to_nothing_certain_are_rejected(header: str) -> None:
    with pytest.raises(Malformed) as caught:
        attribute_value(CANARY + header)
    assert CANARY not in str(caught.value)


@given(st.text())
def test_any_text_survives_the_way_through_a_header(text: str) -> None:
    header = "".join(f"%{byte:02X}" for byte in text.encode())
    assert attribute_value(header) == text


@pytest.mark.parametrize(
    "extra",
    [("ce-id", "twice"), ("CE-Id", "twice"), ("content-type", "application/json"), ("ce-data", "{}"),
     ("ce-data_base64", "e30="), ("ce-datacontenttype", "application/json")],
)  # fmt: skip
def test_headers_that_contradict_are_rejected(extra: tuple[str, str]) -> None:
    with pytest.raises(Malformed):
        read(Mode.BINARY, [*BINARY_EXAMPLE, extra], b"{}")


def test_a_json_body_without_ce_headers_is_no_event() -> None:
    with pytest.raises(Malformed, match="ce-specversion"):
        read(Mode.BINARY, [("content-type", "application/json")], json.dumps(STRUCTURED_EXAMPLE).encode())


@pytest.mark.parametrize(
    "said", [{}, {"datacontenttype": "application/json"}, {"datacontenttype": "application/b+json"}]
)
def test_json_that_came_as_bytes_is_read_as_json(said: dict[str, str]) -> None:
    given = {**BASE64, **said, "data_base64": base64.b64encode(b'{"a": [1, null]}').decode()}

    for mode, body in ((Mode.STRUCTURED, given), (Mode.BATCH, [given])):
        assert read(mode, [], json.dumps(body).encode()) == [{**BASE64, **said, "data": {"a": [1, None]}}]


@pytest.mark.parametrize(
    "odd",
    [
        {"data_base64": "e30=", "data": {}},
        {"data_base64": "e30"},
        {"data_base64": "e30=\n"},
        {"data_base64": base64.b64encode(b"{").decode()},
        {"data_base64": base64.b64encode(b'{"a":1,"a":2}').decode()},
        {"data_base64": 7},
        {"data_base64": "e30=", "datacontenttype": "text/plain"},
        {"data_base64": "e30=", "datacontenttype": 7},
    ],
)
def test_bytes_that_are_no_json_are_refused_at_their_place(odd: dict[str, object]) -> None:
    (event,) = read(Mode.STRUCTURED, [], json.dumps({**BASE64, **odd}).encode())

    with pytest.raises(Invalid) as refused:
        parse_event(event)

    assert "data_base64" in {problem.place for problem in refused.value.problems}
