"""Forgotten and changed passwords over HTTP."""

from typing import Annotated, Final

from litestar import Controller, post
from litestar.di import NamedDependency

from ollamanet.application.identity.commands.change_password import ChangePassword, ChangePasswordHandler
from ollamanet.application.identity.commands.forgot_password import ForgotPassword, ForgotPasswordHandler
from ollamanet.application.identity.commands.reset_password import ResetPassword, ResetPasswordHandler
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import Origin
from ollamanet.interfaces.identity.recovery_schemas import (
    AcceptedView,
    ChangePasswordBody,
    ForgotPasswordBody,
    ResetPasswordBody,
)
from ollamanet.interfaces.kernel.openapi import json_body, problems

_NEW: Final = "a new and longer phrase"
_ANSWER: Final = "if an account has this address, a mail with further steps is on its way"
ForgotData = Annotated[ForgotPasswordBody, json_body("by address", {"email": "ada@example.org"})]
ResetData = Annotated[ResetPasswordBody, json_body("with the token of the mail", {"token": "A" * 43, "password": _NEW})]
ChangeData = Annotated[
    ChangePasswordBody,
    json_body("both passwords", {"current_password": "correct horse battery staple", "new_password": _NEW}),
]


class RecoveryController(Controller):
    """Open to everybody: a new password for a forgotten one."""

    path = "/api/v1/auth"
    tags = ("auth",)

    @post(
        "/forgot-password",
        operation_id="forgotPassword",
        summary="Ask for a mail that lets you set a new password",
        status_code=202,
        response_description="The same whether there is such an account or not.",
        responses=problems(400, 413, 429),
    )
    async def forgot(
        self, data: ForgotData, forgot_password: NamedDependency[ForgotPasswordHandler], origin: NamedDependency[Origin]
    ) -> AcceptedView:
        """Mail a token to the address, if an account has it; asking again makes earlier ones useless."""
        await forgot_password(ForgotPassword(data.email, origin))
        return AcceptedView(detail=_ANSWER)

    @post(
        "/reset-password",
        operation_id="resetPassword",
        summary="Set a new password with the token of the mail",
        status_code=204,
        responses=problems(400, 413, 429, 503),
    )
    async def reset(
        self, data: ResetData, reset_password: NamedDependency[ResetPasswordHandler], origin: NamedDependency[Origin]
    ) -> None:
        """Set the password once; all sessions of the account end, and a lock of its sign-in too."""
        await reset_password(ResetPassword(data.token, data.password, origin))


class PasswordController(Controller):
    """For those who are signed in; the guard is put on where it is mounted."""

    path = "/api/v1/auth"
    tags = ("auth",)

    @post(
        "/change-password",
        operation_id="changePassword",
        summary="Change your password",
        status_code=204,
        responses=problems(400, 401, 403, 413, 429, 503),
    )
    async def change(
        self,
        data: ChangeData,
        actor: NamedDependency[Actor],
        change_password: NamedDependency[ChangePasswordHandler],
        origin: NamedDependency[Origin],
    ) -> None:
        """Change it; all other sessions of the account end. Not with an API key."""
        await change_password(ChangePassword(actor, data.current_password, data.new_password, origin))
