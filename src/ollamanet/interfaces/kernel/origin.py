"""Where a request came from, for the audit trail and for limits by address."""

from dataclasses import dataclass
from typing import Any

from litestar import Request

from ollamanet.application.kernel.audit import Origin
from ollamanet.domain.kernel.addresses import TrustedProxies
from ollamanet.interfaces.kernel.request_info import info_of

_DEVICE_LENGTH = 256


_NO_PROXIES = TrustedProxies()


@dataclass(frozen=True, slots=True)
class Origins:
    """Tells where requests came from, past the proxies whose word is taken."""

    proxies: TrustedProxies = _NO_PROXIES

    def address(self, scope: Any) -> str:
        """The client's address; "" where the connection has none."""
        peer = scope.get("client")
        forwarded = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
        return self.proxies.client(peer[0] if peer else "", forwarded)

    def provide(self, request: Request[Any, Any, Any]) -> Origin:
        """The client's address and what it says it is, in the shape of a dependency."""
        device = request.headers.get("user-agent", "")[:_DEVICE_LENGTH]
        return Origin(self.address(request.scope), device, info_of(request.scope).request_id)


def provide_origin(request: Request[Any, Any, Any]) -> Origin:
    """The same where no proxy is trusted."""
    return Origins().provide(request)
