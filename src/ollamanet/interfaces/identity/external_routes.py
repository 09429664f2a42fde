"""Signing in with an external provider: a browser is sent there, and comes back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, Protocol

from litestar import Controller, MediaType, Request, Response, get
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter

from ollamanet.application.identity.accounts import SignedIn
from ollamanet.application.identity.commands.begin_external_sign_in import (
    BeginExternalSignIn,
    BeginExternalSignInHandler,
)
from ollamanet.application.identity.commands.finish_external_sign_in import (
    FinishExternalSignIn,
    FinishExternalSignInHandler,
)
from ollamanet.application.kernel.audit import Origin
from ollamanet.domain.identity.sign_in_flow import LIFETIME, SignInFlow
from ollamanet.domain.kernel.errors import NotFound, Refusal
from ollamanet.interfaces.identity.schemas import SignedInView
from ollamanet.interfaces.kernel.openapi import problems
from ollamanet.interfaces.kernel.problems import Problem, refused

AnyRequest = Request[Any, Any, Any]

PATH: Final = "/api/v1/auth/oidc"
_LONGEST: Final = 4096

ReturnTo = Annotated[
    str | None,
    QueryParameter(name="return_to", max_length=_LONGEST, description="a path on this server to go on to afterwards"),
]
State = Annotated[str, QueryParameter(name="state", max_length=_LONGEST, description="as the provider gives it")]
Code = Annotated[str, QueryParameter(name="code", max_length=_LONGEST, description="as the provider gives it")]
Error = Annotated[str, QueryParameter(name="error", max_length=_LONGEST, description="as the provider gives it")]
Issuer = Annotated[
    str | None, QueryParameter(name="iss", max_length=_LONGEST, description="the provider, if it says so")
]


class FlowSeal(Protocol):
    """Turns a flow into what a browser keeps, and back."""

    def sealed(self, flow: SignInFlow) -> str:
        """As a text of characters that a cookie takes."""
        ...

    def opened(self, text: str | None) -> SignInFlow | None:
        """The flow; None for what was not sealed here."""
        ...


@dataclass(frozen=True, slots=True)
class ExternalSignIn:
    """What the routes do.

    Attributes:
        secure: this server is reached over HTTPS.
        session_cookie: what a browser keeps of the session that it got, if anything.
    """

    begin: BeginExternalSignInHandler
    finish: FinishExternalSignInHandler
    seal: FlowSeal
    secure: bool
    session_cookie: Callable[[SignedIn, AnyRequest], Cookie | None]

    @property
    def cookie_name(self) -> str:
        """The prefix keeps hosts beside this one from setting it, and so from having people sign in as others."""
        return "__Host-ollamanet-oidc" if self.secure else "ollamanet-oidc"

    def cookie(self, value: str, max_age: int) -> Cookie:
        """What the browser keeps while its user is at the provider; it comes back from there, so it is not strict."""
        path = "/" if self.secure else PATH
        return Cookie(self.cookie_name, path, value, max_age, secure=self.secure, httponly=True, samesite="lax")


Provided = NamedDependency[ExternalSignIn | None]


def _configured(external: ExternalSignIn | None) -> ExternalSignIn:
    if external is None:
        raise NotFound("there is no external provider to sign in with here")
    return external


_REDIRECT: Final = ResponseSpec(data_container=None, description="To the provider, or back.", generate_examples=False)


def _redirect(address: str, cookies: list[Cookie]) -> Response[bytes]:
    headers = {"Location": address}
    return Response(b"", status_code=303, media_type=MediaType.TEXT, headers=headers, cookies=cookies)


class ExternalSignInController(Controller):
    """Open to everybody; not found where no provider is configured."""

    path = PATH
    tags = ("auth",)

    @get(
        "/login",
        operation_id="beginExternalSignIn",
        summary="Go to the external provider to sign in",
        responses={303: _REDIRECT, **problems(400, 404, 429, 502, 503)},
        status_code=303,
    )
    async def login(self, external: Provided, return_to: ReturnTo = None) -> Response[bytes]:
        """For browsers: answers with a redirect, and a cookie that is needed on the way back, within ten minutes."""
        case = _configured(external)
        address, flow = await case.begin(BeginExternalSignIn(return_to))
        cookies = [case.cookie(case.seal.sealed(flow), LIFETIME)]
        return _redirect(address, cookies)

    @get(
        "/callback",
        operation_id="finishExternalSignIn",
        summary="Come back from the external provider",
        responses={303: _REDIRECT, **problems(400, 401, 403, 404, 429, 502, 503)},
    )
    async def callback(
        self,
        request: AnyRequest,
        external: Provided,
        origin: NamedDependency[Origin],
        flow_state: State = "",
        code: Code = "",
        error: Error = "",
        iss: Issuer = None,
    ) -> Response[SignedInView] | Response[Problem] | Response[bytes]:
        """Answers like signing in with a password, or with a redirect to the path that `login` was given."""
        case = _configured(external)
        flow = case.seal.opened(request.cookies.get(case.cookie_name))
        command = FinishExternalSignIn(flow, origin, flow_state, code, error, iss)
        try:
            response = self._answer(case, request, flow, await case.finish(command))
        except Refusal as refusal:
            response = refused(request, refusal)
        # Whatever came of it, this sign-in is over.
        response.cookies.append(case.cookie("", 0))
        return response

    def _answer(
        self, case: ExternalSignIn, request: AnyRequest, flow: SignInFlow | None, signed_in: SignedIn
    ) -> Response[Any]:
        kept = case.session_cookie(signed_in, request)
        cookies = [] if kept is None else [kept]
        if flow is not None and flow.return_to is not None:
            return _redirect(flow.return_to, cookies)
        return Response(SignedInView.of(signed_in, with_refresh_token=False), cookies=cookies)
