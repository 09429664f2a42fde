"""Every error is a problem of RFC 9457, with the status of its kind."""

import pytest
from tests.interfaces.kernel.asgi_exchange import Exchange, exchanged, http_scope
from tests.interfaces.kernel.small_app import MADE_ID, SmallApp

from ollamanet.domain.kernel.errors import Kind
from ollamanet.interfaces.kernel.problems import STATUS, retry_headers

pytestmark = pytest.mark.anyio


async def got(path: str, query: bytes = b"", method: str = "GET") -> Exchange:
    return await exchanged(SmallApp(), http_scope(path, query=query, method=method))


def test_the_table_has_every_kind_and_nothing_else() -> None:
    assert set(STATUS) == set(Kind)
    assert len(set(STATUS.values())) == len(STATUS)


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
async def test_a_refusal_has_the_status_of_its_kind_and_says_what_it_is(kind: Kind) -> None:
    exchange = await got(f"/declined/{kind.name}", b"retry_after=2.5")
    code = f"declined_{kind.name.lower()}"

    assert exchange.status == STATUS[kind]
    assert exchange.headers["content-type"] == "application/problem+json"
    assert exchange.json == {
        "type": f"urn:ollamanet:problem:{code}",
        "title": "Declined",
        "status": STATUS[kind],
        "detail": f"declined as {kind.name}",
        "instance": f"/declined/{kind.name}",
        "code": code,
        "request_id": str(MADE_ID),
        "retry_after": 2.5,
    }


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
async def test_only_who_is_not_known_is_asked_to_authenticate(kind: Kind) -> None:
    headers = (await got(f"/declined/{kind.name}")).headers

    expected = 'Bearer realm="ollamanet", error="declined_unauthenticated"'
    assert headers.get("www-authenticate") == (expected if kind is Kind.UNAUTHENTICATED else None)


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
async def test_a_limit_always_says_when_to_come_back(kind: Kind) -> None:
    exchange = await got(f"/declined/{kind.name}")
    limit = kind in {Kind.LOCKED, Kind.EXHAUSTED, Kind.UNAVAILABLE}

    assert exchange.headers.get("retry-after") == ("1" if limit else None)
    assert exchange.json.get("retry_after") == (1.0 if limit else None)


@pytest.mark.parametrize(
    ("seconds", "whole", "milliseconds"),
    [(1e-9, "1", "1"), (0.2, "1", "200"), (1.0, "1", "1000"), (1.0001, "2", "1001"), (59.9, "60", "59900")],
)
def test_the_time_to_come_back_is_never_rounded_down(seconds: float, whole: str, milliseconds: str) -> None:
    assert retry_headers(seconds) == {"Retry-After": whole, "retry-after-ms": milliseconds}


def test_no_time_is_no_header() -> None:
    assert retry_headers(None) == {}


class TestOfTheFramework:
    async def test_an_unknown_address(self) -> None:
        exchange = await got("/nowhere")

        assert (exchange.status, exchange.json["code"]) == (404, "not_found")
        assert exchange.json["detail"] == "there is nothing at this address"

    async def test_a_method_that_is_not_there_names_those_that_are(self) -> None:
        exchange = await got("/things", method="DELETE")

        assert (exchange.status, exchange.json["code"]) == (405, "method_not_allowed")
        assert {method.strip() for method in exchange.headers["allow"].split(",")} >= {"GET", "POST"}
        assert exchange.json["detail"] == "the header Allow names the methods that there are"

    async def test_any_other_of_the_callers_faults_is_an_invalid_request(self) -> None:
        exchange = await got("/teapot")

        assert (exchange.status, exchange.json["code"]) == (418, "invalid_request")
        assert exchange.json["detail"] == "short and stout"
        assert exchange.headers["x-pot"] == "tea"

    @pytest.mark.parametrize(
        ("query", "name"),
        [
            (b"page=0", "page"),
            (b"page=-1", "page"),
            (b"page=abc", "page"),
            (b"page=1000001", "page"),
            (b"page=1.5", "page"),
            (b"page=", "page"),
            (b"page_size=0", "page_size"),
            (b"page_size=201", "page_size"),
            (b"page_size=%00", "page_size"),
            (b"page_size=99999999999999999999999999", "page_size"),
        ],
    )
    async def test_a_parameter_that_is_wrong_is_named(self, query: bytes, name: str) -> None:
        exchange = await got("/things", query)

        assert (exchange.status, exchange.json["code"]) == (400, "invalid_request")
        assert exchange.json["detail"].startswith(f"{name}: ")

    async def test_what_the_framework_says_reads_like_what_we_say(self) -> None:
        assert (await got("/things", b"page=0")).json["detail"] == "page: expected `int` >= 1"

    async def test_all_parameters_that_are_wrong_are_named(self) -> None:
        detail = (await got("/things", b"page=0&page_size=0")).json["detail"]

        assert {part.split(":")[0] for part in detail.split("; ")} == {"page", "page_size"}


async def test_a_page_is_what_was_asked_for() -> None:
    assert (await got("/things", b"page=3&page_size=200")).json == {
        "items": [],
        "page": 3,
        "page_size": 200,
        "total": 400,
    }
    assert (await got("/things")).json["page_size"] == 20
