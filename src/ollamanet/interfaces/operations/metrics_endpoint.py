"""`GET /metrics`, for monitoring systems."""

import hmac
from typing import Any, Final

from litestar import Request, Response, Router, get
from litestar.datastructures import ResponseHeader
from litestar.openapi.datastructures import ResponseSpec

from ollamanet.application.operations.queries.read_metrics import ReadMetrics, ReadMetricsHandler
from ollamanet.domain.kernel.errors import Unauthenticated
from ollamanet.interfaces.kernel.auth import bearer_token
from ollamanet.interfaces.kernel.problems import Problem

# litestar itself adds the character set to what begins with `text/`.
TEXT: Final = "text/plain; version=0.0.4"
OPENMETRICS: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def metrics_router(read_metrics: ReadMetricsHandler, token: str | None) -> Router:
    """The route; open to all unless there is a token that the caller has to know."""
    expected = None if token is None else token.encode()
    unauthenticated = ResponseSpec(
        data_container=Problem,
        description="A token is set, and the request did not bring it.",
        media_type="application/problem+json",
        generate_examples=False,
    )

    @get(
        "/metrics",
        operation_id="metrics",
        summary="Everything that is counted, for Prometheus",
        media_type="text/plain",
        tags=["health"],
        responses={401: unauthenticated},
        response_headers=[ResponseHeader(name="Vary", description="The form depends on Accept", value="Accept")],
    )
    async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Needs `OLLAMANET_METRICS_TOKEN` as a bearer token where that is set; OpenMetrics for those who accept it."""
        if expected is not None and not hmac.compare_digest(bearer_token(request.scope["headers"]).encode(), expected):
            raise Unauthenticated("the token of the metrics is another one")
        openmetrics = _takes_openmetrics(request.headers.get("accept", ""))
        text = await read_metrics(ReadMetrics(openmetrics=openmetrics))
        return Response(text, media_type=OPENMETRICS if openmetrics else TEXT)

    return Router(path="/", route_handlers=[metrics])


def _takes_openmetrics(accept: str) -> bool:
    """Whether a version of it that we have is asked for; all others get the older text, which everybody reads."""
    for media_range in accept.lower().split(","):
        kind, *parameters = (part.strip().replace(" ", "") for part in media_range.split(";"))
        known = {part.partition("=")[2] for part in parameters if part.startswith("version=")} <= {"1.0.0"}
        if (
            kind == "application/openmetrics-text"
            and known
            and not {"q=0", "q=0.0", "q=0.00", "q=0.000"} & {*parameters}
        ):
            return True
    return False
