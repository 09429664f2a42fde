"""Who asks is known from exactly one bearer token."""

import pytest
from litestar import Request
from tests.interfaces.kernel.asgi_exchange import Exchange, exchanged, http_scope
from tests.interfaces.kernel.small_app import ADA, SECRET, SmallApp

from ollamanet.domain.kernel.errors import Unauthenticated
from ollamanet.interfaces.kernel.auth import bearer_token, provide_actor
from ollamanet.interfaces.kernel.request_info import RequestInfo, attach

GOOD = f"Bearer {SECRET}".encode()


async def asked(*values: bytes) -> Exchange:
    return await exchanged(SmallApp(), http_scope("/me", headers=[(b"authorization", value) for value in values]))


@pytest.mark.anyio
@pytest.mark.parametrize("value", [GOOD, b"bearer hunter2", b"BEARER   hunter2 "])
async def test_a_good_token_says_who_it_is(value: bytes) -> None:
    exchange = await asked(value)

    assert (exchange.status, exchange.body.decode()) == (200, str(ADA))


@pytest.mark.anyio
@pytest.mark.parametrize(
    "values",
    [
        (), (b"",), (b"Bearer",), (b"Bearer ",), (SECRET.encode(),), (b"Basic aHVudGVyMjo=",), (b"Token hunter2",),
        (b"Bearerhunter2",), (b"Bearer wrong",), (b"Bearer hunter2 hunter2",), (b"Bearer \xff\xfe",),
        (b"Bearer \x00",), (GOOD, GOOD), (GOOD, b"Bearer other"), (b"Bearer " + b"x" * 50_000,),
    ],
)  # fmt: skip
async def test_anything_else_is_nobody(values: tuple[bytes, ...]) -> None:
    exchange = await asked(*values)

    assert (exchange.status, exchange.json["code"]) == (401, "unauthenticated")
    assert exchange.headers["www-authenticate"].startswith("Bearer ")
    assert len(exchange.json["detail"]) < 100


def test_a_route_that_looks_for_nobody_has_no_caller() -> None:
    scope = http_scope()
    attach(scope, info := RequestInfo("request-1", 0.0))
    with pytest.raises(Unauthenticated):
        provide_actor(Request(scope))
    info.actor = ADA

    assert provide_actor(Request(scope)) == ADA


def test_the_token_is_all_that_follows_the_scheme() -> None:
    assert bearer_token([(b"host", b"x"), (b"authorization", b"Bearer a.b.c")]) == "a.b.c"
    with pytest.raises(Unauthenticated):
        bearer_token([(b"host", b"x")])
