"""Who is asking: a bearer token becomes an `Actor` before the body is read."""

from collections.abc import Callable
from typing import Any, Protocol

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.types import ASGIApp, Receive, Scope, Send

from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.kernel.errors import Unauthenticated
from ollamanet.interfaces.kernel.request_info import info_of


class TokenVerifier(Protocol):
    """What tells a good token from a bad one."""

    def known(self, token: str) -> Actor | None:
        """The token's owner, if it was verified within the last 5 s; about a microsecond."""
        ...

    async def verify(self, token: str) -> Actor:
        """The token's owner.

        Raises:
            Unauthenticated: it is not one of ours, was revoked, or its time is over.
        """
        ...


def authenticated(tokens: TokenVerifier) -> Callable[[ASGIApp], ASGIApp]:
    """A middleware for routes that need a signed-in caller; it trusts what `tokens` verifies.

    Not a guard: for each of those litestar copies the route handler at each request, and runs it in a thread if it is
    a plain function. That costs more than to verify a token.
    """

    def checking(app: ASGIApp) -> ASGIApp:
        async def checked(scope: Scope, receive: Receive, send: Send) -> None:
            token = bearer_token(scope["headers"])
            info_of(scope).actor = tokens.known(token) or await tokens.verify(token)
            await app(scope, receive, send)

        return checked

    return checking


def bearer_token(headers: Any) -> str:
    """The token of the `Authorization` header.

    Raises:
        Unauthenticated: there is none, or not exactly one.
    """
    found = [value for name, value in headers if name == b"authorization"]
    if len(found) != 1:
        raise Unauthenticated("an Authorization header with a bearer token is needed")
    scheme, _, token = found[0].decode("latin-1").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("the Authorization header must be 'Bearer' and a token")
    return str(token.strip())


def actor_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Actor:
    """The caller that the guard found.

    Raises:
        Unauthenticated: the route has no guard, so nobody was looked for.
    """
    actor = info_of(connection.scope).actor
    if actor is None:
        raise Unauthenticated("sign in first")
    return actor


def provide_actor(request: Request[Any, Any, Any]) -> Actor:
    """The same, in the shape of a dependency."""
    return actor_of(request)
