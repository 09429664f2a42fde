"""Every request is counted once, whoever answered it, and the pieces of a stream pass by."""

import asyncio
from typing import Any

import pytest
from tests.fakes.operations.noted_requests import NotedRequests
from tests.interfaces.kernel.asgi_exchange import Exchange, exchanged, http_scope
from tests.interfaces.kernel.small_app import SmallApp

from ollamanet.application.operations.ports import RequestRecord
from ollamanet.interfaces.kernel.request_info import info_of
from ollamanet.interfaces.operations.metrics_wrapper import Metered

pytestmark = pytest.mark.anyio

STATUSES = [
    ("GET", "/things", 200, "/things", None),
    ("GET", "/me", 401, "/me", "unauthenticated"),
    ("GET", "/nowhere/7f3a", 404, None, "not_found"),
    ("DELETE", "/things", 405, None, "method_not_allowed"),
    ("POST", "/things", 413, "/things", "request_too_large"),
    ("GET", "/declined/EXHAUSTED", 429, "/declined/{kind}", "declined_exhausted"),
    ("GET", "/declined/LOCKED", 423, "/declined/{kind}", "declined_locked"),
    ("GET", "/words/refused", 503, "/words/{ending}", "declined_unavailable"),
    ("GET", "/defect", 500, "/defect", "internal_error"),
    ("GET", "/server-error", 500, "/server-error", "internal_error"),
    ("GET", "/words/well", 200, "/words/{ending}", None),
    ("GET", "/words/cut", 200, "/words/{ending}", "declined_upstream"),
]


async def counted(app: Any, scope: dict[str, Any], body: bytes = b"") -> RequestRecord:
    meter = NotedRequests()
    await exchanged(Metered(app, meter), scope, body)
    (record,) = meter.records
    assert meter.under_way == 0
    return record


@pytest.mark.parametrize(("method", "path", "status", "route", "code"), STATUSES)
async def test_every_status_is_seen_with_the_template_of_its_route(
    method: str, path: str, status: int, route: str | None, code: str | None
) -> None:
    body = b'{"name": "' + b"x" * 3000 + b'"}' if method == "POST" else b""
    headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")] if body else []
    record = await counted(SmallApp(), http_scope(path, method=method, headers=headers), body)

    assert record == RequestRecord(route, method, status, code, client_gone=False, seconds=record.seconds)
    assert 0 <= record.seconds < 60


async def test_what_the_edge_answers_itself_is_seen() -> None:
    async def broken(*_: Any) -> None:
        raise ZeroDivisionError

    record = await counted(SmallApp(broken), http_scope("/anything"))

    assert (record.status, record.code, record.route) == (500, "internal_error", None)


async def test_a_request_that_the_end_of_the_process_cuts_is_seen() -> None:
    meter, client = NotedRequests(), Exchange()
    task = asyncio.ensure_future(Metered(SmallApp(), meter)(http_scope("/slow"), client.receive, client.send))
    await asyncio.sleep(1)
    assert meter.under_way == 1
    task.cancel()
    await asyncio.wait((task,))

    assert [(record.status, record.code) for record in meter.records] == [(503, "shutting_down")]


async def test_a_client_that_leaves_before_its_response_has_no_status() -> None:
    async def waits(scope: Any, receive: Any, __: Any) -> None:
        await receive()
        await receive()
        info_of(scope).code = "client_gone"

    meter, client = NotedRequests(), Exchange()
    client.leave()
    await Metered(SmallApp(waits), meter)(http_scope("/chat"), client.receive, client.send)

    assert [(record.status, record.code, record.client_gone) for record in meter.records] == [(None, None, True)]


async def test_a_client_that_leaves_a_stream_has_the_status_that_it_was_sent() -> None:
    async def streams(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()
        await receive()
        info_of(scope).code = "client_gone"

    meter, client = NotedRequests(), Exchange()
    client.leave()
    await Metered(SmallApp(streams), meter)(http_scope("/chat"), client.receive, client.send)

    assert [(record.status, record.code, record.client_gone) for record in meter.records] == [(200, None, True)]


async def test_what_breaks_outside_the_edge_is_counted_and_goes_on() -> None:
    async def broken(*_: Any) -> None:
        raise ZeroDivisionError

    meter = NotedRequests()
    with pytest.raises(ZeroDivisionError):
        await Metered(broken, meter)(http_scope("/"), None, None)

    assert [(record.status, record.code, record.client_gone) for record in meter.records] == [(500, None, False)]


async def test_the_pieces_of_a_stream_go_straight_to_the_server() -> None:
    seen = []

    async def looks(scope: Any, _: Any, send: Any) -> None:
        seen.append(info_of(scope).raw_send)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    client = Exchange()
    outer = Metered(Metered(SmallApp(looks), NotedRequests()), NotedRequests())
    await outer(http_scope("/"), client.receive, client.send)

    assert seen == [client.send]


async def test_what_is_not_http_passes_uncounted() -> None:
    meter = NotedRequests()

    async def inner(*_: Any) -> None:
        return

    await Metered(inner, meter)({"type": "lifespan"}, None, None)

    assert meter.records == []
