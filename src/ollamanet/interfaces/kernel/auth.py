"""Who is asking: a bearer token becomes an `Actor` before the body is read."""

from typing import Any, Protocol

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Guard

from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.kernel.errors import Unauthenticated
from ollamanet.interfaces.kernel.request_info import info_of


class TokenVerifier(Protocol):
    """What tells a good token from a bad one."""

    def verify(self, token: str) -> Actor:
        """The token's owner.

        Raises:
            Unauthenticated: it is not one of ours, was changed, or its time is over.
        """
        ...


def authenticated(tokens: TokenVerifier) -> Guard:
    """A guard for routes that need a signed-in caller; it trusts what `tokens` verifies.

    A function and not an object, because litestar copies the routes with all that hangs on them; and one that can be
    awaited, because litestar would run any other in a thread.
    """

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        info_of(connection.scope).actor = tokens.verify(bearer_token(connection.scope["headers"]))

    return guard


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
