"""A body is what its route asks for, or the caller is told which field is not."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.interfaces.kernel.asgi_exchange import Exchange, exchanged, http_scope
from tests.interfaces.kernel.small_app import SmallApp, Thing

from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.interfaces.kernel.strict_request import decode_strictly, refuse_nul

pytestmark = pytest.mark.anyio


async def posted(body: bytes, content_type: bytes = b"application/json") -> Exchange:
    headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    return await exchanged(SmallApp(), http_scope("/things", method="POST", headers=headers), body)


async def detail_of(body: bytes) -> str:
    exchange = await posted(body)
    assert (exchange.status, exchange.json["code"]) == (400, "invalid_request")
    return str(exchange.json["detail"])


async def test_what_is_right_comes_through_as_it_was_sent() -> None:
    body = {
        "name": "caf\u00e9 \U0001f680 \\u0000",
        "count": -(10**30),
        "owner": "018f0000-0000-7000-8000-000000000001",
        "colour": "blue",
        "part": {"size": 3, "ratio": 1},
        "parts": [{"size": 1, "ratio": 0.25}],
        "anything": {"nested": [{"deep": None}, True, 1.5]},
    }
    exchange = await posted(msgspec.json.encode(body))

    assert exchange.status == 200
    assert exchange.json == body


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"name": "a", "colour": "green"}', "colour: invalid enum value 'green'"),
        (b'{"name": "a", "colour": 1}', "colour: expected `str | null`, got `int`"),
        (b'{"name": "a", "count": "5"}', "count: expected `int | null`, got `str`"),
        (b'{"name": "a", "count": 5.0}', "count: expected `int | null`, got `float`"),
        (b'{"name": "a", "count": true}', "count: expected `int | null`, got `bool`"),
        (b'{"name": "a", "count": []}', "count: expected `int | null`, got `array`"),
        (b'{"name": 5}', "name: expected `str`, got `int`"),
        (b'{"name": null}', "name: expected `str`, got `null`"),
        (b'{"name": ""}', "name: expected `str` of length >= 1"),
        (b'{"name": "a", "part": {"size": "x"}}', "part.size: expected `int`, got `str`"),
        (b'{"name": "a", "part": {"ratio": "0.5"}}', "part.ratio: expected `float`, got `str`"),
        (b'{"name": "a", "parts": [{}, {"size": null}]}', "parts[1].size: expected `int`, got `null`"),
        (b'{"name": "a", "owner": "me"}', "owner: invalid UUID"),
        (b'{"name": "a", "extra": 1}', "extra: unknown field"),
        (b'{"name": "a", "part": {"extra": 1}}', "part.extra: unknown field"),
        (b'{"name": "a", "parts": [{"extra": 1}]}', "parts[0].extra: unknown field"),
        (b"{}", "name: required"),
        (b"[]", "body: expected `object`, got `array`"),
        (b'"name"', "body: expected `object`, got `str`"),
        (b"null", "body: expected `object`, got `null`"),
    ],
)
async def test_what_is_wrong_is_named_with_what_was_expected(body: bytes, detail: str) -> None:
    assert await detail_of(body) == detail


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"{", b"{]", b"{'name': 'a'}", b'{"name": "a",}', b'{"name": "a"} x', b'{"name": "a"}{}', b"name=a",
        b'\xef\xbb\xbf{"name": "a"}', b'{"name": "\xff"}', b'{"name": "\xed\xa0\x80"}', b'{"name": "\xc0\xaf"}',
        b'{"name": "\\ud800"}', b'{"name": "\\udc00 x"}', b'{"name": "\\ud800\\ud800"}', b'{"name": "\\x41"}',
        b'{"name": "a\x00"}', b'{"name": "a\n"}', b'{"name": "a", "count": NaN}', b'{"name": "a", "count": 01}',
        b'{"name": "a", "count": Infinity}', b'{"\\ud800": 1}', b"\x00", b"\xff\xfe{\x00}\x00", b'"' + b"x" * 50,
    ],
)  # fmt: skip
async def test_what_is_not_json_is_called_so(body: bytes) -> None:
    assert (await detail_of(body)).startswith("body: ")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"name": "a\\u0000b"}', "name"),
        (b'{"name": "a", "anything": {"key": ["", "\\u0000"]}}', "anything.key[1]"),
        (b'{"name": "a", "anything": {"k\\u0000": 1}}', "anything"),
    ],
)
async def test_a_nul_is_refused_wherever_it_stands(body: bytes, field: str) -> None:
    assert await detail_of(body) == f"{field}: must not contain the NUL character"


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "a", "count": ' + b"9" * 1900 + b"}",
        b'{"name": "a", "anything": {"n": 1e308}}',
        b'{"name": "a", "anything": {"n": ' + b"9" * 400 + b"}}",
    ],
)
async def test_a_number_may_be_as_long_as_it_likes(body: bytes) -> None:
    assert (await posted(body)).status == 200


@pytest.mark.parametrize("number", [b"1e309", b"-1e400", b"9" * 5000])
async def test_a_number_that_no_machine_holds_is_refused(number: bytes) -> None:
    with pytest.raises(InvalidRequest, match="out of range"):
        decode_strictly(b'{"name": "a", "anything": {"n": ' + number + b"}}", Thing)


@pytest.mark.parametrize("depth", [101, 900, 950, 970, 980, 985, 990, 995, 1000, 5000, 100_000])
@pytest.mark.parametrize(("opened", "closed"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_what_is_nested_too_deeply_is_refused_whatever_the_depth(depth: int, opened: bytes, closed: bytes) -> None:
    nested = b'{"name": "a", "anything": {"deep": ' + opened * depth + b"1" + closed * depth + b"}}"
    with pytest.raises(InvalidRequest, match="nested too deeply"):
        decode_strictly(nested, Thing)


def test_what_is_nested_as_schemas_are_is_not() -> None:
    nested = b'{"name": "a", "anything": {"deep": ' + b"[" * 90 + b"]" * 90 + b"}}"
    thing = decode_strictly(nested, Thing)

    refuse_nul(thing)
    assert msgspec.json.encode(thing.anything) == b'{"deep":' + b"[" * 90 + b"]" * 90 + b"}"


def test_brackets_in_text_are_no_depth() -> None:
    assert decode_strictly(b'{"name": "a", "anything": {"t": "' + b"[{" * 5000 + b'"}}', Thing).name == "a"


async def test_a_long_name_is_not_repeated_in_full() -> None:
    with pytest.raises(InvalidRequest) as refused:
        decode_strictly(b'{"' + b"x" * 100_000 + b'": 1}', Thing)

    assert len(refused.value.detail) <= 300
    assert refused.value.detail.startswith("xxx")


async def test_a_body_over_the_limit_is_refused() -> None:
    exchange = await posted(b'{"name": "' + b"x" * 3000 + b'"}')

    assert (exchange.status, exchange.json["code"]) == (413, "request_too_large")


async def test_a_body_that_breaks_off_is_refused() -> None:
    class Leaving(Exchange):
        async def receive(self) -> object:
            if self._body:
                self._body.pop()
                return {"type": "http.request", "body": b'{"name": ', "more_body": True}
            return {"type": "http.disconnect"}

    client = Leaving()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"100")]
    app = SmallApp()
    await app(http_scope("/things", method="POST", headers=headers), client.receive, client.send)

    assert client.status == 400
    assert app.lines[0][1] is None


@given(body=st.binary(max_size=60) | st.text('{}[]":,\\u0d8"namecout15.eE-+ \n\x00', max_size=60).map(str.encode))
def test_whatever_is_sent_is_decoded_or_refused(body: bytes) -> None:
    detail = "-"
    try:
        assert isinstance(decode_strictly(body, Thing), Thing)
    except InvalidRequest as refused:
        detail = refused.detail

    assert 1 <= len(detail) <= 300
