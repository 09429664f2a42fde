"""Every route through which people come in has a limit by address, whoever adds it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from ollamanet.application.identity.address_rates import LOGIN, OTHER, RECOVERY, REGISTER, AddressRates

_ROOT: Final = "/api/v1/auth/"
_NAMES: Final[Mapping[str, str]] = {
    "login": LOGIN,
    "register": REGISTER,
    "setup": REGISTER,
    "forgot-password": RECOVERY,
    "reset-password": RECOVERY,
}
# A preflight is the browser's, and the own account is read by every page that is opened.
_FREE: Final = {("GET", "me"), ("HEAD", "me")}


def limited_by_address(rates: AddressRates, address: Callable[[Any], str]) -> Callable[[ASGIApp], ASGIApp]:
    """A middleware for the whole application; it refuses before a token is looked at or a body is read.

    Args:
        rates: what each address has left.
        address: where a request came from, by its scope.
    """

    def limiting(app: ASGIApp) -> ASGIApp:
        async def limited(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == ScopeType.HTTP and (name := _limit_of(scope)) is not None:
                rates.take(name, address(scope))
            await app(scope, receive, send)

        return limited

    return limiting


def _limit_of(scope: Any) -> str | None:
    # The template is the route that was found, however the path was spelled.
    path: str = scope.get("path_template") or scope["path"]
    if not path.startswith(_ROOT) or scope["method"] == "OPTIONS":
        return None
    route = path.removeprefix(_ROOT).rstrip("/")
    return None if (scope["method"], route) in _FREE else _NAMES.get(route, OTHER)
