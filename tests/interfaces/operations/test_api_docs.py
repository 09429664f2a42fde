"""Swagger UI from this machine alone."""

import re

import msgspec
import pytest
from litestar import Litestar, post
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody
from tests.interfaces.kernel.asgi_exchange import Exchange, exchanged, http_scope
from tests.interfaces.kernel.small_app import SmallApp

from ollamanet.interfaces.kernel.problems import rejected
from ollamanet.interfaces.operations.api_docs import docs_router, openapi_config

pytestmark = pytest.mark.anyio


class PartBody(msgspec.Struct, forbid_unknown_fields=True):
    size: int


class PartView(msgspec.Struct):
    size: int


async def got(path: str, *routes: HTTPRouteHandler) -> Exchange:
    litestar = Litestar(
        [docs_router(), *routes],
        openapi_config=openapi_config(),
        exception_handlers={HTTPException: rejected},
        logging_config=None,
    )
    return await exchanged(SmallApp(litestar), http_scope(path))


async def test_the_page_loads_only_what_is_here() -> None:
    page = await got("/docs")
    wanted = re.findall(r'(?:href|src)="([^"]+)"', page.body.decode())

    assert page.headers["content-type"].startswith("text/html")
    assert len(wanted) == 4
    for address in wanted:
        asset = await got(address)
        assert asset.status == 200
        assert asset.body


async def test_its_policy_forbids_everything_else() -> None:
    policy = (await got("/docs")).headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "http" not in policy


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("swagger-ui.css", "text/css"),
        ("swagger-ui-bundle.js", "text/javascript"),
        ("start.js", "text/javascript"),
        ("favicon-32x32.png", "image/png"),
    ],
)
async def test_every_part_has_its_kind(name: str, kind: str) -> None:
    assert (await got(f"/docs/{name}")).headers["content-type"].split(";")[0] == kind


@pytest.mark.parametrize("name", ["nothing.js", "..", "../../secret", "%2e%2e%2fsecret", "swagger-ui.css.map", "/etc"])
async def test_there_is_nothing_else(name: str) -> None:
    exchange = await got(f"/docs/{name}")

    assert (exchange.status, exchange.json["code"]) == (404, "not_found")


async def test_the_document_says_of_every_body_that_it_takes_no_other_fields() -> None:
    @post("/parts")
    async def parts(data: JSONBody[PartBody]) -> PartView:
        return PartView(data.size)

    schemas = (await got("/schema", parts)).json["components"]["schemas"]

    assert schemas["PartBody"]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["PartView"]


async def test_the_page_reads_the_document_of_this_service() -> None:
    assert b'url: "/schema"' in (await got("/docs/start.js")).body
    assert (await got("/schema")).json["openapi"].startswith("3.1")
