"""Bodies are decoded once, into their type, strictly: no coercion, no unknown fields, no characters we cannot store."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

import msgspec
from litestar import Request
from litestar.exceptions import InternalServerException

from ollamanet.domain.kernel.errors import InvalidRequest

_AT: Final = re.compile(r"^(?P<what>.*?)(?: - at `(?:key in )?\$\.?(?P<where>[^`]*)`)?$", re.DOTALL)
_NAMED: Final = re.compile(r"Object (?P<what>contains unknown|missing required) field `(?P<name>[^`]*)`")
_ESCAPED_NUL: Final = b"\\u0000"
_DEEPEST: Final = 100
_LONGEST_DETAIL: Final = 300


class StrictRequest(Request[Any, Any, Any]):
    """A request whose JSON body has the type that its route asks for."""

    async def body(self) -> bytes:
        """The body, whole.

        Raises:
            InvalidRequest: it is empty and should not be, or the client left before its end.
        """
        try:
            body = await super().body()
        except InternalServerException as error:
            raise InvalidRequest("body: it ended before it was complete") from error
        field = self.route_handler.parsed_data_field
        if not body and field is not None and not field.is_optional:
            raise InvalidRequest("body: expected a JSON object")
        return body

    async def json(self) -> Any:
        """The body, decoded into the type of the route's `data`.

        Raises:
            InvalidRequest: names the field and what was expected.
        """
        body = await self.body()
        field = self.route_handler.parsed_data_field
        decoded = decode_strictly(body, field.annotation if field else Any)
        if decoded is None:
            # A body that may be left out is there or not: it is never `null`.
            raise InvalidRequest("body: expected a JSON object")
        if _ESCAPED_NUL in body:
            refuse_nul(decoded)
        return decoded


@lru_cache(maxsize=256)
def _decoder(wanted: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(wanted)


def decode_strictly(body: bytes, wanted: Any) -> Any:
    """Decode JSON into a type.

    Raises:
        InvalidRequest: names the field and what was expected.
    """
    try:
        decoded = _decoder(wanted).decode(body)
        if body.count(b"[") + body.count(b"{") > _DEEPEST:
            _refuse_depth(msgspec.to_builtins(decoded))
    except msgspec.ValidationError as error:
        raise InvalidRequest(_explained(str(error))[:_LONGEST_DETAIL]) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"body: not valid JSON ({error})") from error
    except RecursionError as error:
        raise InvalidRequest("body: nested too deeply") from error
    return decoded


def _refuse_depth(value: Any) -> None:
    """Refuse what could be decoded, and could not be encoded again from a little deeper in the stack."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [item for each in level for item in _parts(each)]
        if not level:
            return
    raise InvalidRequest("body: nested too deeply")


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _explained(text: str) -> str:
    match = _AT.match(text)
    what, where = (match["what"], match["where"] or "") if match else (text, "")
    if named := _NAMED.match(what):
        field = f"{where}.{named['name']}" if where else named["name"]
        return f"{field}: unknown field" if "unknown" in named["what"] else f"{field}: required"
    return f"{where or 'body'}: {what[:1].lower()}{what[1:]}"


def refuse_nul(decoded: Any) -> None:
    """Refuse a body with a NUL character in any of its strings, because not every database can store one.

    Raises:
        InvalidRequest: names the field.
    """
    for where, text in _strings(msgspec.to_builtins(decoded), ""):
        if "\0" in text:
            raise InvalidRequest(f"{where or 'body'}: must not contain the NUL character")


def _strings(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield where, key
            yield from _strings(item, f"{where}.{key}".lstrip("."))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _strings(item, f"{where}[{index}]")
