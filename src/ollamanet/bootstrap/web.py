"""The web application: routes, errors, headers."""

from typing import Any, Final

from litestar import Litestar, Request, Response, Router
from litestar.config.cors import CORSConfig
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, ExceptionHandlersMap
from sqlalchemy.exc import OperationalError

from ollamanet.bootstrap.recovery_wiring import recovery_dependencies
from ollamanet.bootstrap.wiring import Services
from ollamanet.domain.kernel.addresses import TrustedProxies
from ollamanet.domain.kernel.errors import Refusal, StorageUnavailable
from ollamanet.infrastructure.kernel.logs import log_request
from ollamanet.infrastructure.kernel.system_clock import SystemClock
from ollamanet.interfaces.conversations.controllers import chat_router, conversations_router
from ollamanet.interfaces.conversations.direct_chat import DirectChat
from ollamanet.interfaces.identity.auth_limits import limited_by_address
from ollamanet.interfaces.identity.controllers import AuthController, ProfileController
from ollamanet.interfaces.identity.recovery_routes import PasswordController, RecoveryController
from ollamanet.interfaces.inference.profile_routes import profile_router
from ollamanet.interfaces.inference.queue_routes import queue_router
from ollamanet.interfaces.inference.replica_routes import replica_routers
from ollamanet.interfaces.kernel.api_router import ApiRouter
from ollamanet.interfaces.kernel.auth import authenticated, provide_actor
from ollamanet.interfaces.kernel.edge import Edge
from ollamanet.interfaces.kernel.origin import Origins
from ollamanet.interfaces.kernel.problems import Problem, failed, refused, rejected
from ollamanet.interfaces.kernel.request_info import info_of
from ollamanet.interfaces.kernel.strict_request import StrictRequest
from ollamanet.interfaces.operations.api_docs import docs_router, openapi_config
from ollamanet.interfaces.operations.controllers import health_router
from ollamanet.interfaces.operations.metrics_endpoint import metrics_router
from ollamanet.interfaces.operations.metrics_wrapper import Metered

_STORAGE_PAUSE = 5.0


def _storage_failed(request: Request[Any, Any, Any], error: OperationalError) -> Response[Problem]:
    """The answer when the database cannot be used; the log has what it said."""
    info_of(request.scope).error = error
    return refused(request, StorageUnavailable("try again in a moment", retry_after=_STORAGE_PAUSE))


EXCEPTION_HANDLERS: Final[ExceptionHandlersMap] = {
    Refusal: refused,
    HTTPException: rejected,
    OperationalError: _storage_failed,
    Exception: failed,
}


def build_app(services: Services) -> ASGIApp:
    """The application, behind its edge, every request counted."""
    direct = DirectChat(
        _litestar(services),
        services.conversations.chats,
        services.identity.tokens,
        EXCEPTION_HANDLERS,
        body_limit=services.settings.server.body_bytes,
    )
    edge = Edge(
        direct,
        new_id=services.ids.new,
        log=log_request,
        limits=services.limits.headers,
    )
    return Metered(edge, services.metrics.requests)


def _litestar(services: Services) -> Litestar:
    identity, settings = services.identity, services.settings.server
    origins = Origins(TrustedProxies.parse(services.settings.defence.trusted_proxies))
    return Litestar(
        route_handlers=[
            AuthController,
            RecoveryController,
            _signed_in(services),
            health_router(services.check_readiness),
            metrics_router(services.metrics.read, services.metrics.token),
            docs_router(),
        ],
        dependencies={
            "register_user": Provide(lambda: identity.register_user, sync_to_thread=False),
            "sign_in": Provide(lambda: identity.sign_in, sync_to_thread=False),
            "get_profile": Provide(lambda: identity.get_profile, sync_to_thread=False),
            "actor": Provide(provide_actor, sync_to_thread=False),
            "origin": Provide(origins.provide, sync_to_thread=False),
            **recovery_dependencies(identity.recovery),
        },
        middleware=[limited_by_address(identity.rates, origins.address)],
        exception_handlers=EXCEPTION_HANDLERS,
        request_class=StrictRequest,
        request_max_body_size=settings.body_bytes,
        cors_config=CORSConfig(allow_origins=list(settings.cors_origins)) if settings.cors_origins else None,
        openapi_config=openapi_config(),
        logging_config=None,
    )


def _inference_routes(services: Services) -> list[Router]:
    inference = services.inference
    return [
        queue_router(inference.show_queue, inference.explain_decision, SystemClock()),
        profile_router(inference.get_active_profile),
        *replica_routers(inference.replicas),
    ]


def _signed_in(services: Services) -> Router:
    conversations, settings = services.conversations, services.settings.server
    chat = chat_router(conversations.chats, body_limit=settings.body_bytes, image_body_limit=settings.image_body_bytes)
    reading = conversations_router(
        conversations.list_conversations, conversations.get_conversation, conversations.list_messages
    )
    routes = [chat, reading, *_inference_routes(services), *services.limits.routes]
    api = ApiRouter(path="/api/v1", route_handlers=routes)
    return Router(
        path="/",
        route_handlers=[api, ApiRouter(path="/", route_handlers=[ProfileController, PasswordController])],
        middleware=[authenticated(services.identity.tokens)],
        security=[{"bearer": []}],
    )
