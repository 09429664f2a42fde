"""A small application with every part of the kernel in its place: one route for each thing that can happen."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Litestar, Request, Response, Router, get, post
from litestar.exceptions import HTTPException, InternalServerException
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.types import ASGIApp, Receive, Scope, Send
from tests.fakes.kernel.callers import a_user
from tests.fakes.kernel.fixed_limits import FixedLimits
from tests.interfaces.kernel.streaming import WordEncoder

from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.kernel.errors import Kind, Refusal, Unauthenticated
from ollamanet.interfaces.kernel.auth import authenticated
from ollamanet.interfaces.kernel.edge import Edge
from ollamanet.interfaces.kernel.paging import PageNumber, PageSize, PageView, page_request
from ollamanet.interfaces.kernel.problems import failed, refused, rejected
from ollamanet.interfaces.kernel.request_info import info_of
from ollamanet.interfaces.kernel.sse import SseResponse
from ollamanet.interfaces.kernel.strict_request import StrictRequest

MADE_ID = UUID("00000000-0000-7000-8000-000000000001")
ADA = a_user(1)
SECRET = "hunter2"


class Part(msgspec.Struct, forbid_unknown_fields=True):
    """A thing in a thing."""

    size: int = 1
    ratio: float = 0.5


class Thing(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What `/things` takes."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
    count: int | None = None
    owner: UUID | None = None
    colour: Literal["red", "blue"] | None = None
    part: Part | None = None
    parts: list[Part] = []
    anything: dict[str, Any] | None = None


def refusal_of(kind_: Kind, retry_after: float | None = None) -> Refusal:
    """One of the kind, with a code of its own."""

    class Declined(Refusal):
        kind, code, title = kind_, f"declined_{kind_.name.lower()}", "Declined"

    return Declined(f"declined as {kind_.name}", retry_after=retry_after)


class Tokens:
    """One token is good."""

    def known(self, token: str) -> Actor | None:
        return None

    async def verify(self, token: str) -> Actor:
        if token != SECRET:
            raise Unauthenticated("the access token is not valid")
        return ADA


async def _words(*words: str | Exception) -> AsyncGenerator[Sequence[str], None]:
    for word in words:
        if isinstance(word, Exception):
            raise word
        yield (word,)


@post("/things", status_code=200)
async def things(data: JSONBody[Thing]) -> Thing:
    return data


@get("/things")
async def listed(page: PageNumber = 1, page_size: PageSize = 20) -> PageView[int]:
    asked = page_request(page, page_size)
    return PageView([], asked.page, asked.page_size, asked.offset)


@get("/declined/{kind:str}")
async def declined(kind: FromPath[str], retry_after: FromQuery[float | None] = None) -> None:
    raise refusal_of(Kind[kind], retry_after)


@get("/defect")
async def defect() -> None:
    raise ZeroDivisionError(SECRET)


@get("/server-error")
async def server_error() -> None:
    raise InternalServerException(SECRET)


@get("/teapot")
async def teapot() -> None:
    raise HTTPException("short and stout", status_code=418, headers={"X-Pot": "tea"})


@get("/late-defect")
async def late_defect() -> ASGIApp:
    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError(SECRET)

    return app


@get("/words/{ending:str}", media_type="text/event-stream")
async def words(ending: FromPath[str]) -> ASGIApp:
    script: Mapping[str, Sequence[str | Exception]] = {
        "well": ("A", "B"),
        "refused": ("~a", refusal_of(Kind.UNAVAILABLE, 2.5)),
        "cut": ("A", refusal_of(Kind.UPSTREAM)),
        "broken": ("~a", ZeroDivisionError(SECRET)),
    }

    async def source() -> AsyncGenerator[Sequence[str], None]:
        return _words(*script[ending])

    return SseResponse(source, WordEncoder())


@get("/slow")
async def slow() -> None:
    await asyncio.sleep(60)


@get("/own-headers")
async def own_headers() -> Response[str]:
    headers = {
        "Content-Security-Policy": "default-src 'self'",
        "Cache-Control": "max-age=60",
        "Server-Timing": "db;dur=1",
    }
    return Response("mine", headers=headers)


@get("/me")
async def me(request: Request[Any, Any, Any]) -> str:
    return str(info_of(request.scope).actor)


@cache
def _routes() -> Litestar:
    return Litestar(
        [
            things, listed, declined, defect, server_error, teapot, late_defect, words, slow, own_headers,
            Router(path="/", route_handlers=[me], middleware=[authenticated(Tokens())]),
        ],
        exception_handlers={Refusal: refused, HTTPException: rejected, Exception: failed},
        request_class=StrictRequest,
        request_max_body_size=2000,
        openapi_config=None,
        logging_config=None,
    )  # fmt: skip


class SmallApp:
    """The application behind its edge.

    Attributes:
        lines: what was logged: the line, and the defect.
    """

    def __init__(self, inner: ASGIApp | None = None) -> None:
        """Put `inner` behind the edge instead of the routes."""
        self.lines: list[tuple[Mapping[str, Any], BaseException | None]] = []
        limits = FixedLimits("v=1, prompt-tokens=4096")
        self._edge = Edge(inner or _routes(), new_id=lambda: MADE_ID, log=self._log, limits=limits)

    def _log(self, line: Mapping[str, Any], error: BaseException | None) -> None:
        self.lines.append((line, error))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._edge(scope, receive, send)
