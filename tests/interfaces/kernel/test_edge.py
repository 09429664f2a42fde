"""Every response leaves with its id and its headers, and leaves one line in the log."""

import asyncio
from typing import Any

import pytest
from tests.interfaces.kernel.asgi_exchange import Exchange, exchanged, http_scope
from tests.interfaces.kernel.small_app import ADA, MADE_ID, SECRET, SmallApp

pytestmark = pytest.mark.anyio

KINDS = [
    ("/things", 200),
    ("/own-headers", 200),
    ("/declined/CONFLICT", 409),
    ("/nowhere", 404),
    ("/me", 401),
    ("/teapot", 418),
    ("/defect", 500),
    ("/server-error", 500),
    ("/words/well", 200),
    ("/words/refused", 503),
    ("/words/cut", 200),
    ("/words/broken", 500),
]


class TestRequestId:
    @pytest.mark.parametrize("given", [b"12345678", b"A-z_0.9~" * 16, b"018f-abcd.EFGH~_"])
    async def test_the_callers_is_taken_if_it_is_harmless(self, given: bytes) -> None:
        app = SmallApp()
        exchange = await exchanged(app, http_scope("/nowhere", headers=[(b"x-request-id", given)]))

        assert exchange.headers["x-request-id"] == given.decode()
        assert exchange.json["request_id"] == given.decode()
        assert app.lines[0][0]["request_id"] == given.decode()

    @pytest.mark.parametrize(
        "given",
        [
            b"",
            b"1234567",
            b"x" * 129,
            b"12345678\n",
            b"1234 5678",
            b"1234\x005678",
            b"caf\xe912345",
            b"a/b/c/d/e",
            b'"quoted"',
        ],
    )
    async def test_any_other_is_replaced_by_one_of_ours(self, given: bytes) -> None:
        exchange = await exchanged(SmallApp(), http_scope("/nowhere", headers=[(b"x-request-id", given)]))

        assert exchange.headers["x-request-id"] == exchange.json["request_id"] == str(MADE_ID)

    async def test_one_is_made_where_there_is_none(self) -> None:
        assert (await exchanged(SmallApp(), http_scope("/things"))).headers["x-request-id"] == str(MADE_ID)


@pytest.mark.parametrize(("path", "status"), KINDS)
class TestEveryKindOfResponse:
    async def test_has_the_headers_once(self, path: str, status: int) -> None:
        exchange = await exchanged(SmallApp(), http_scope(path))

        assert exchange.status == status
        assert {
            "x-request-id": str(MADE_ID),
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "referrer-policy": "no-referrer",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=()",
            "x-service-limits": "v=1, prompt-tokens=4096",
        }.items() <= exchange.headers.items()
        assert {"content-security-policy", "cache-control", "server-timing"} <= exchange.headers.keys()

    async def test_leaves_one_line_without_anything_that_was_sent(self, path: str, status: int) -> None:
        app = SmallApp()
        scope = http_scope(
            path, query=b"retry_after=1", headers=[(b"authorization", b"Bearer private"), (b"cookie", b"private")]
        )
        await exchanged(app, scope)
        ((line, _),) = app.lines

        always = {"request_id", "method", "route", "status", "duration_ms", "user_id", "code"}
        failed = status >= 500 or path == "/words/cut"
        assert set(line) - ({"detail"} if failed else set()) == always
        assert (line["method"], line["status"]) == ("GET", status)
        assert not {"private", "retry_after", "CONFLICT", "nowhere"} & set(" ".join(map(str, line.values())).split())
        assert line["route"] in {"-", "/declined/{kind}", "/words/{ending}", path}


class TestHeaders:
    async def test_of_the_application_are_not_overruled(self) -> None:
        headers = (await exchanged(SmallApp(), http_scope("/own-headers"))).headers

        assert headers["content-security-policy"] == "default-src 'self'"
        assert headers["cache-control"] == "max-age=60"
        assert headers["server-timing"] == "db;dur=1"

    async def test_are_closed_where_the_application_says_nothing(self) -> None:
        headers = (await exchanged(SmallApp(), http_scope("/things"))).headers

        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["cache-control"] == "no-store"
        assert headers["server-timing"].startswith("total;dur=")

    async def test_are_added_to_a_response_without_any(self) -> None:
        async def bare(_: Any, __: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 204})
            await send({"type": "http.response.body"})

        assert (await exchanged(SmallApp(bare), http_scope())).headers["x-request-id"] == str(MADE_ID)


class TestLine:
    async def test_names_the_caller_the_route_and_the_refusal(self) -> None:
        app = SmallApp()
        await exchanged(app, http_scope("/me", headers=[(b"authorization", f"Bearer {SECRET}".encode())]))
        await exchanged(app, http_scope("/declined/LOCKED"))
        await exchanged(app, http_scope("/words/cut"))
        (me, _), (declined, _), (cut, _) = app.lines

        assert (me["user_id"], me["route"], me["code"]) == (str(ADA.user_id), "/me", None)
        assert (declined["route"], declined["code"]) == ("/declined/{kind}", "declined_locked")
        assert (cut["status"], cut["code"]) == (200, "declined_upstream")

    async def test_of_a_defect_comes_with_the_defect(self) -> None:
        app = SmallApp()
        for path in ("/defect", "/late-defect", "/words/broken"):
            await app(http_scope(path), (client := Exchange()).receive, client.send)

        causes = [
            error if isinstance(error, ZeroDivisionError) else error and error.__cause__ for _, error in app.lines
        ]
        assert [type(cause) for cause in causes] == [ZeroDivisionError] * 3
        assert [line["status"] for line, _ in app.lines] == [500, 200, 500]

    async def test_of_a_request_cut_by_the_end_of_the_process_says_so_and_its_client_is_told(self) -> None:
        app = SmallApp()
        client = Exchange()
        task = asyncio.ensure_future(app(http_scope("/slow"), client.receive, client.send))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait((task,))

        assert not task.cancelled()
        assert [(line["status"], line["code"]) for line, _ in app.lines] == [(503, "shutting_down")]
        assert client.over
        assert (client.json["status"], client.json["code"]) == (503, "shutting_down")
        assert client.headers["retry-after"] == "5"


class TestDefect:
    @pytest.mark.parametrize("path", ["/defect", "/server-error", "/words/broken"])
    async def test_is_answered_without_its_details(self, path: str) -> None:
        exchange = await exchanged(SmallApp(), http_scope(path))

        assert exchange.headers["content-type"] == "application/problem+json"
        assert exchange.json == {
            "type": "urn:ollamanet:problem:internal_error",
            "title": "Something went wrong on our side",
            "status": 500,
            "detail": "the error is in our log, under the request id",
            "instance": path,
            "code": "internal_error",
            "request_id": str(MADE_ID),
        }

    @pytest.mark.parametrize("path", ["/here", "/caf\u00e9"])
    async def test_outside_the_framework_is_answered_alike(self, path: str) -> None:
        async def broken(*_: Any) -> None:
            raise ZeroDivisionError(SECRET)

        app = SmallApp(broken)
        exchange = await exchanged(app, http_scope(path))

        assert (exchange.status, exchange.json["code"]) == (500, "internal_error")
        assert SECRET.encode() not in exchange.body
        assert isinstance(app.lines[0][1], ZeroDivisionError)

    async def test_after_the_response_began_cuts_it_short(self) -> None:
        app = SmallApp()
        client = Exchange()
        await app(http_scope("/late-defect"), client.receive, client.send)

        assert not client.over
        assert client.body == b""
        assert len(app.lines) == 1


async def test_what_is_not_http_passes_untouched() -> None:
    seen = []

    async def inner(scope: Any, *_: Any) -> None:
        seen.append(scope)

    app = SmallApp(inner)
    scope = {"type": "lifespan"}
    await app(scope, None, None)

    assert seen == [{"type": "lifespan"}]
    assert app.lines == []
