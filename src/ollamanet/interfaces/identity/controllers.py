"""Accounts and sign-in over HTTP."""

from typing import Annotated, Any

from litestar import Controller, Request, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.types import Method
from msgspec import UNSET

from ollamanet.application.identity.commands.register_user import RegisterUser, RegisterUserHandler
from ollamanet.application.identity.commands.sign_in import SignIn, SignInHandler
from ollamanet.application.identity.commands.update_profile import UpdateProfile, UpdateProfileHandler
from ollamanet.application.identity.queries.get_profile import GetProfile, GetProfileHandler
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import Origin
from ollamanet.interfaces.identity.recovery_schemas import ProfileBody
from ollamanet.interfaces.identity.refresh_cookie import RefreshCookies
from ollamanet.interfaces.identity.schemas import ProfileView, RegisterBody, SignedInView, SignInBody
from ollamanet.interfaces.identity.signed_in_response import signed_in_response
from ollamanet.interfaces.kernel.openapi import json_body, problems

AnyRequest = Request[Any, Any, Any]
_PASSWORD = {"password": "correct horse battery staple"}
RegisterData = Annotated[
    RegisterBody, json_body("a new account", {"email": "ada@example.org", "username": "ada", **_PASSWORD})
]
SignInData = Annotated[SignInBody, json_body("by user name", {"login": "ada", **_PASSWORD})]

ProfileData = Annotated[ProfileBody, json_body("another user name", {"username": "ada.lovelace"})]


def _id_of_me(_handler: HTTPRouteHandler, _method: Method, path: list[Any]) -> str:
    # One handler at two addresses, and an operation id may stand only once in the document.
    return "getProfile" if "auth" in path else "getProfileShort"


class AuthController(Controller):
    """Open to everybody: making an account and signing in."""

    path = "/api/v1/auth"
    tags = ("auth",)

    @post(
        "/register",
        operation_id="register",
        summary="Make an account and sign in",
        status_code=201,
        response_description="The account, and an access token.",
        responses=problems(400, 403, 409, 413, 429, 503),
    )
    async def register(
        self,
        request: AnyRequest,
        data: RegisterData,
        register_user: NamedDependency[RegisterUserHandler],
        origin: NamedDependency[Origin],
        refresh_cookies: NamedDependency[RefreshCookies],
    ) -> Response[SignedInView]:
        """Make an account: with the role `User` where everybody may register, or with an invitation and its roles."""
        command = RegisterUser(data.email, data.username, data.password, data.invitation, origin)
        signed_in = await register_user(command)
        return signed_in_response(signed_in, request, refresh_cookies, with_refresh_token=data.refresh_token)

    @post(
        "/login",
        operation_id="login",
        summary="Sign in",
        status_code=200,
        responses=problems(400, 401, 403, 413, 423, 429, 503),
    )
    async def login(
        self,
        request: AnyRequest,
        data: SignInData,
        sign_in: NamedDependency[SignInHandler],
        origin: NamedDependency[Origin],
        refresh_cookies: NamedDependency[RefreshCookies],
    ) -> Response[SignedInView]:
        """Sign in with an email address or a user name; the answer holds an access token."""
        signed_in = await sign_in(SignIn(data.login, data.password, origin))
        return signed_in_response(signed_in, request, refresh_cookies, with_refresh_token=data.refresh_token)


class ProfileController(Controller):
    """For those who are signed in; the guard is put on where it is mounted."""

    path = "/api/v1"
    tags = ("auth",)

    @get(["/auth/me", "/me"], operation_id=_id_of_me, summary="Your own account", responses=problems(401))
    async def me(self, actor: NamedDependency[Actor], get_profile: NamedDependency[GetProfileHandler]) -> ProfileView:
        """The account of the token's owner, as it is now."""
        return ProfileView.of(await get_profile(GetProfile(actor)))

    @patch(
        "/auth/me",
        operation_id="updateProfile",
        summary="Change your own account",
        responses=problems(400, 401, 403, 409, 413, 429, 503),
    )
    async def update(
        self,
        data: ProfileData,
        actor: NamedDependency[Actor],
        update_profile: NamedDependency[UpdateProfileHandler],
        origin: NamedDependency[Origin],
    ) -> ProfileView:
        """Change the user name or the email address, which needs the current password. Not with an API key."""
        names = {each: value for each in data.__struct_fields__ if (value := getattr(data, each)) is not UNSET}
        return ProfileView.of(await update_profile(UpdateProfile(actor, origin, **names)))
