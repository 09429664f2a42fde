"""The refresh token in a cookie, out of reach of scripts, and the routes that act on it out of reach of other sites."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from litestar import Request
from litestar.datastructures import Cookie

from ollamanet.application.identity.accounts import RefreshGrant
from ollamanet.domain.kernel.errors import Forbidden

NAME: Final = "ollamanet_refresh"
PATH: Final = "/api/v1/auth"

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class RefreshCookies:
    """Makes the cookie and reads it.

    Attributes:
        secure: it is sent over HTTPS only, whatever this request came by.
        origins: of other sites' pages that may refresh and sign out.
    """

    secure: bool = False
    origins: Sequence[str] = field(default=())

    def holding(self, grant: RefreshGrant, request: AnyRequest) -> Cookie:
        """The cookie with this token."""
        return self._cookie(grant.text, grant.expires_in, request)

    def cleared(self, request: AnyRequest) -> Cookie:
        """The cookie that takes it away."""
        return self._cookie("", 0, request)

    def may_be_set(self, request: AnyRequest) -> bool:
        """Whether an answer may bring the cookie: not to another site's form, which signs its victim in as itself."""
        headers = request.headers
        return ("origin" not in headers and "sec-fetch-site" not in headers) or self._is_ours(request)

    def token_in(self, request: AnyRequest) -> str | None:
        """The token in the request's cookie, if there is one.

        Raises:
            Forbidden: the browser sent it on behalf of a page of another site, or does not say of which.
        """
        token: str | None = request.cookies.get(NAME)
        if not token:
            return None
        if not self._is_ours(request):
            raise Forbidden("a request with the cookie has to come from a page of this server (header Origin)")
        return token

    def _is_ours(self, request: AnyRequest) -> bool:
        # What a browser says here no page can change; SameSite alone would trust all hosts of one domain.
        headers = request.headers
        origin = headers.get("origin", "")
        host = origin.partition("://")[2]
        same_host = host != "" and host == headers.get("host")
        return headers.get("sec-fetch-site") == "same-origin" or same_host or origin in self.origins

    def _cookie(self, value: str, max_age: int, request: AnyRequest) -> Cookie:
        secure = self.secure or request.scope["scheme"] == "https"
        return Cookie(NAME, value=value, path=PATH, max_age=max_age, httponly=True, samesite="strict", secure=secure)
