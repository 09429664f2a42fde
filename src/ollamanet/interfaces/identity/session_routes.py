"""Sessions over HTTP: refreshing, signing out, and where one is signed in."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Operation, RequestBody, Schema
from litestar.params import FromPath

from ollamanet.application.identity.commands.refresh_session import RefreshSession, RefreshSessionHandler
from ollamanet.application.identity.commands.revoke_other_sessions import (
    RevokeOtherSessions,
    RevokeOtherSessionsHandler,
)
from ollamanet.application.identity.commands.revoke_session import RevokeSession, RevokeSessionHandler
from ollamanet.application.identity.commands.sign_out import SignOut, SignOutHandler
from ollamanet.application.identity.queries.list_sessions import ListSessions, ListSessionsHandler
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import Origin
from ollamanet.domain.identity.refresh_token import RefreshToken
from ollamanet.domain.kernel.errors import Unauthenticated
from ollamanet.domain.kernel.ids import SessionId
from ollamanet.interfaces.identity.refresh_cookie import RefreshCookies
from ollamanet.interfaces.identity.schemas import SignedInView
from ollamanet.interfaces.identity.session_schemas import RefreshTokenBody, SessionPage
from ollamanet.interfaces.identity.signed_in_response import signed_in_response
from ollamanet.interfaces.kernel.api_router import ApiRouter
from ollamanet.interfaces.kernel.auth import TokenVerifier, actor_of, bearer_token
from ollamanet.interfaces.kernel.openapi import json_body, problems
from ollamanet.interfaces.kernel.paging import PageNumber, PageSize, page_request

AnyRequest = Request[Any, Any, Any]
RefreshData = Annotated[
    RefreshTokenBody | None,
    json_body("for programs; browsers send none", {"refresh_token": "Gh3vT1dVqkIY0Qz7mVn5Jb2yXo8sLcR4wAeU6fHtKiM"}),
]

_SIGNED_OUT = ResponseSpec(data_container=None, description="Signed out, and the cookie is taken away.")


@dataclass
class BodyMayBeLeftOut(Operation):
    """An operation whose body may be left out; the framework has the document ask for one, be it `null`."""

    def __post_init__(self) -> None:
        """Once it is put together."""
        if isinstance(self.request_body, RequestBody):
            self.request_body.required = False
            schema = self.request_body.content[RequestEncodingType.JSON].schema
            if isinstance(schema, Schema) and schema.one_of:
                schema.all_of, schema.one_of = schema.one_of[:1], None


@dataclass(frozen=True, slots=True)
class SessionUseCases:
    """What the routes call."""

    refresh: RefreshSessionHandler
    sign_out: SignOutHandler
    list_sessions: ListSessionsHandler
    revoke: RevokeSessionHandler
    revoke_others: RevokeOtherSessionsHandler


def refresh_router(sessions: SessionUseCases, callers: TokenVerifier, cookies: RefreshCookies) -> Router:
    """The routes that bring their own proof, which need not be an access token."""

    def shown(request: AnyRequest, data: RefreshTokenBody | None) -> str | None:
        return data.refresh_token if data is not None else cookies.token_in(request)

    @post(
        "/refresh",
        operation_id="refresh",
        summary="Exchange the refresh token for new tokens",
        status_code=200,
        operation_class=BodyMayBeLeftOut,
        responses=problems(400, 401, 403, 413, 429),
    )
    async def refresh(
        request: AnyRequest, origin: NamedDependency[Origin], data: RefreshData = None
    ) -> Response[SignedInView]:
        """By cookie, or by body; each token is good once. One that comes back after 5 s ends its session."""
        token = shown(request, data)
        if token is None:
            raise Unauthenticated("a refresh token is needed, in the body or in the cookie")
        signed_in = await sessions.refresh(RefreshSession(token, origin))
        return signed_in_response(signed_in, request, cookies, with_refresh_token=data is not None)

    @post(
        "/logout",
        operation_id="logout",
        summary="Sign out",
        status_code=204,
        operation_class=BodyMayBeLeftOut,
        responses={204: _SIGNED_OUT, **problems(400, 401, 403, 413, 429)},
    )
    async def logout(request: AnyRequest, origin: NamedDependency[Origin], data: RefreshData = None) -> Response[None]:
        """End the session of the refresh token in the body, else of the access token, else of the cookie."""
        await sessions.sign_out(SignOut(await _who(request, data), origin))
        response = Response(None, status_code=204)
        response.set_cookie(cookies.cleared(request))
        return response

    async def _who(request: AnyRequest, data: RefreshTokenBody | None) -> Actor | RefreshToken:
        if data is not None:
            return RefreshToken.parse(data.refresh_token)
        try:
            return await callers.verify(bearer_token(request.scope["headers"]))
        except Unauthenticated:
            # An access token may well have expired by the time somebody leaves; the cookie has not.
            if (token := cookies.token_in(request)) is None:
                raise
        return RefreshToken.parse(token)

    return Router(path="/api/v1/auth", route_handlers=[refresh, logout], tags=["auth"])


def sessions_router(sessions: SessionUseCases) -> Router:
    """The routes of those who are signed in."""

    @get("/", operation_id="listSessions", summary="Where you are signed in", responses=problems(400, 401, 403, 429))
    async def listed(request: AnyRequest, page: PageNumber = 1, page_size: PageSize = 20) -> SessionPage:
        """Your sessions that go on, the last used first."""
        actor = actor_of(request)
        return SessionPage.of(
            await sessions.list_sessions(ListSessions(actor, page_request(page, page_size))), actor.session
        )

    @delete(
        "/{session_id:uuid}",
        operation_id="revokeSession",
        summary="Sign out elsewhere",
        responses=problems(401, 403, 404, 429),
    )
    async def revoked(request: AnyRequest, session_id: FromPath[UUID], origin: NamedDependency[Origin]) -> None:
        """End one of your sessions; its tokens are worth nothing from now on."""
        await sessions.revoke(RevokeSession(actor_of(request), SessionId(session_id), origin))

    @delete(
        "/", operation_id="revokeOtherSessions", summary="Sign out everywhere else", responses=problems(401, 403, 429)
    )
    async def others_revoked(request: AnyRequest, origin: NamedDependency[Origin]) -> None:
        """End all of your sessions but the one that asks."""
        await sessions.revoke_others(RevokeOtherSessions(actor_of(request), origin))

    return ApiRouter(path="/api/v1/auth/sessions", route_handlers=[listed, revoked, others_revoked], tags=["auth"])
