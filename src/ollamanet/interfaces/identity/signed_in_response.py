"""The answer to everything that signs somebody in."""

from typing import Any

from litestar import Request, Response

from ollamanet.application.identity.accounts import SignedIn
from ollamanet.interfaces.identity.refresh_cookie import RefreshCookies
from ollamanet.interfaces.identity.schemas import SignedInView


def signed_in_response(
    signed_in: SignedIn, request: Request[Any, Any, Any], cookies: RefreshCookies, *, with_refresh_token: bool
) -> Response[SignedInView]:
    """Tokens and account in the body, the refresh token in the cookie."""
    response = Response(SignedInView.of(signed_in, with_refresh_token=with_refresh_token))
    if cookies.may_be_set(request):
        response.set_cookie(cookies.holding(signed_in.refresh, request))
    return response
