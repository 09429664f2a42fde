"""Where a request came from, for the audit trail and for limits by address."""

from typing import Any

from litestar import Request

from ollamanet.application.kernel.audit import Origin
from ollamanet.interfaces.kernel.request_info import info_of

_DEVICE_LENGTH = 256


def provide_origin(request: Request[Any, Any, Any]) -> Origin:
    """The client's address and what it says it is."""
    client = request.scope.get("client")
    device = request.headers.get("user-agent", "")[:_DEVICE_LENGTH]
    return Origin(client[0] if client else "", device, info_of(request.scope).request_id)
