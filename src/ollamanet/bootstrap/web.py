"""The web application: routes, errors, headers."""

from collections.abc import Sequence
from typing import Any, Final

from litestar import Litestar, Request, Response, Router
from litestar.config.cors import CORSConfig
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, ExceptionHandlersMap
from sqlalchemy.exc import OperationalError

from ollamanet.bootstrap.recovery_wiring import recovery_dependencies
from ollamanet.bootstrap.roles_wiring import role_use_cases
from ollamanet.bootstrap.wiring import Services
from ollamanet.domain.kernel.addresses import TrustedProxies
from ollamanet.domain.kernel.errors import Refusal, StorageUnavailable
from ollamanet.infrastructure.kernel.logs import log_request
from ollamanet.infrastructure.kernel.system_clock import SystemClock
from ollamanet.interfaces.conversations.controllers import chat_router, conversations_router
from ollamanet.interfaces.conversations.direct_chat import DirectChat
from ollamanet.interfaces.identity.auth_limits import limited_by_address
from ollamanet.interfaces.identity.controllers import AuthController, ProfileController
from ollamanet.interfaces.identity.external_routes import ExternalSignInController
from ollamanet.interfaces.identity.recovery_routes import PasswordController, RecoveryController
from ollamanet.interfaces.identity.role_routes import roles_router
from ollamanet.interfaces.identity.session_routes import refresh_router, sessions_router
from ollamanet.interfaces.identity.sign_up_routes import invitations_router, setup_router
from ollamanet.interfaces.identity.user_admin_routes import user_admin_router
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
        services.identity.callers,
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
            setup_router(identity.sign_up.set_up, identity.refresh_cookies),
            refresh_router(identity.sessions, identity.callers, identity.refresh_cookies),
            ExternalSignInController,
            _signed_in(services),
            health_router(services.check_readiness),
            metrics_router(services.metrics.read, services.metrics.token),
            docs_router(),
        ],
        dependencies={
            "register_user": Provide(lambda: identity.sign_up.register_user, sync_to_thread=False),
            "sign_in": Provide(lambda: identity.sign_in, sync_to_thread=False),
            "refresh_cookies": Provide(lambda: identity.refresh_cookies, sync_to_thread=False),
            "get_profile": Provide(lambda: identity.get_profile, sync_to_thread=False),
            "actor": Provide(provide_actor, sync_to_thread=False),
            "origin": Provide(origins.provide, sync_to_thread=False),
            "external": Provide(lambda: identity.external, sync_to_thread=False),
            **recovery_dependencies(identity.recovery),
        },
        middleware=[limited_by_address(identity.rates, origins.address)],
        exception_handlers=EXCEPTION_HANDLERS,
        request_class=StrictRequest,
        request_max_body_size=settings.body_bytes,
        cors_config=_cors(settings.cors_origins),
        openapi_config=openapi_config(),
        logging_config=None,
    )


def _cors(origins: Sequence[str]) -> CORSConfig | None:
    # With credentials, so that pages of these origins may refresh by cookie; never for all origins there are.
    return CORSConfig(allow_origins=list(origins), allow_credentials="*" not in origins) if origins else None


def _inference_routes(services: Services) -> list[Router]:
    inference = services.inference
    return [
        queue_router(inference.show_queue, inference.explain_decision, SystemClock()),
        profile_router(inference.get_active_profile),
        *replica_routers(inference.replicas),
    ]


def _identity_routes(services: Services) -> list[Router]:
    identity = services.identity
    return [user_admin_router(identity.user_admin), *identity.keys.routes, *identity.own_data]


def _signed_in(services: Services) -> Router:
    conversations, settings = services.conversations, services.settings.server
    chat = chat_router(conversations.chats, body_limit=settings.body_bytes, image_body_limit=settings.image_body_bytes)
    reading = conversations_router(
        conversations.list_conversations, conversations.get_conversation, conversations.list_messages
    )
    invitations = invitations_router(services.identity.sign_up.invitations)
    routes = [chat, reading, invitations, *_inference_routes(services), *services.limits.routes]
    routes += [services.audit.router(), roles_router(role_use_cases(services.identity.roles))]
    routes += _identity_routes(services)
    api = Router(path="/api/v1", route_handlers=routes)
    return ApiRouter(
        path="/",
        route_handlers=[api, ProfileController, PasswordController, sessions_router(services.identity.sessions)],
        middleware=[authenticated(services.identity.callers)],
        security=[{"bearer": []}],
    )
