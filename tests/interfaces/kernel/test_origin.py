"""Where a request came from."""

from litestar import Request
from litestar.testing import RequestFactory

from ollamanet.application.kernel.audit import Origin
from ollamanet.domain.kernel.addresses import TrustedProxies
from ollamanet.interfaces.kernel.origin import Origins, provide_origin
from ollamanet.interfaces.kernel.request_info import RequestInfo, attach

PROXIED = Origins(TrustedProxies.parse(["10.0.0.0/8"]))


def request(client: tuple[str, int] | None, *forwarded: str, agent: str = "a browser") -> Request:
    made = RequestFactory().get("/", headers={"User-Agent": agent})
    made.scope["client"] = client
    made.scope["headers"] = [*made.scope["headers"], *((b"x-forwarded-for", each.encode()) for each in forwarded)]
    attach(made.scope, RequestInfo("request-1", 0.0))
    return made


def test_it_has_the_address_the_device_and_the_request() -> None:
    assert provide_origin(request(("::ffff:192.0.2.1", 5))) == Origin("192.0.2.1", "a browser", "request-1")


def test_only_a_trusted_proxy_may_say_for_whom_it_asks() -> None:
    assert provide_origin(request(("10.0.0.1", 5), "192.0.2.1")).address == "10.0.0.1"
    assert PROXIED.provide(request(("10.0.0.1", 5), "6.6.6.6", "192.0.2.1")).address == "192.0.2.1"
    assert PROXIED.provide(request(("203.0.113.1", 5), "192.0.2.1")).address == "203.0.113.1"


def test_a_connection_without_addresses_has_none() -> None:
    assert PROXIED.provide(request(None, "192.0.2.1")).address == ""


def test_a_device_says_only_so_much() -> None:
    assert len(provide_origin(request(None, agent="x" * 10_000)).device) == 256
