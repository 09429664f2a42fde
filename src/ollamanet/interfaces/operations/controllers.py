"""Health routes: for balancers and for people; no sign-in, nothing secret."""

from litestar import Response, Router, get
from litestar.openapi.datastructures import ResponseSpec

from ollamanet import __version__
from ollamanet.application.operations.queries.check_readiness import CheckReadinessHandler, Health, State
from ollamanet.interfaces.operations.schemas import HealthView, LiveView, ReadinessView


def health_router(check_readiness: CheckReadinessHandler) -> Router:
    """`/health/live` and `/health/ready`."""

    @get("/live", operation_id="live", summary="Whether the process answers")
    async def live() -> LiveView:
        return LiveView("up", __version__)

    unready = ResponseSpec(data_container=ReadinessView, description="It is down.", generate_examples=False)

    @get("/ready", operation_id="ready", summary="Whether it can do its job", responses={503: unready})
    async def ready() -> Response[ReadinessView]:
        found = await check_readiness()
        view = ReadinessView(
            found.state,
            __version__,
            _view(found.database),
            list(map(_view, found.replicas)),
            list(map(_view, found.others)),
        )
        down = found.state is State.DOWN
        return Response(view, status_code=503 if down else 200, headers={"Retry-After": "1"} if down else None)

    return Router(path="/health", route_handlers=[live, ready], tags=["health"])


def _view(health: Health) -> HealthView:
    latency = None if health.latency is None else round(health.latency * 1000, 2)
    return HealthView(health.name, health.state, latency, health.detail)
