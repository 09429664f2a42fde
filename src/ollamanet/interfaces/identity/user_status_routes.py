"""What becomes of one account: locked, unlocked, restored, purged, given another password."""

from typing import Annotated
from uuid import UUID

from litestar import post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.commands.lock_user import LockUser
from ollamanet.application.identity.commands.mail_user_reset import MailUserReset
from ollamanet.application.identity.commands.purge_user import PurgeUser
from ollamanet.application.identity.commands.reset_user_password import ResetUserPassword
from ollamanet.application.identity.commands.restore_user import RestoreUser
from ollamanet.application.identity.commands.unlock_user import UnlockUser
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import Origin
from ollamanet.domain.kernel.ids import UserId
from ollamanet.interfaces.identity.user_admin_cases import UserAdminCases
from ollamanet.interfaces.identity.user_admin_schemas import (
    AdministeredView,
    LockUserBody,
    NewPasswordView,
    ResetUserBody,
)
from ollamanet.interfaces.kernel.openapi import BodyMayBeLeftOut, json_body, problems

Who = NamedDependency[Actor]
From = NamedDependency[Origin]
LockData = Annotated[LockUserBody, json_body("a lost laptop", {"reason": "the laptop was stolen"})]
ResetData = Annotated[ResetUserBody | None, json_body("by mail", {"mail": True})]

_REFUSALS = problems(401, 403, 404, 409)


def status_routes(cases: UserAdminCases) -> list[HTTPRouteHandler]:
    """To be mounted under `/admin/users`."""
    return [*_lock_routes(cases), *_end_routes(cases)]


def _lock_routes(cases: UserAdminCases) -> list[HTTPRouteHandler]:
    @post(
        "/{user_id:uuid}/lock",
        operation_id="lockUser",
        summary="Lock an account, and sign it out",
        status_code=200,
        responses=problems(400, 401, 403, 404, 409, 413),
    )
    async def lock(actor: Who, origin: From, user_id: FromPath[UUID], data: LockData) -> AdministeredView:
        command = LockUser(Administrator.of(actor, origin), UserId(user_id), data.reason)
        return AdministeredView.of(await cases.lock(command))

    @post(
        "/{user_id:uuid}/unlock",
        operation_id="unlockUser",
        summary="Unlock an account, whether somebody locked it or failed sign-ins did",
        status_code=200,
        responses=_REFUSALS,
    )
    async def unlock(actor: Who, origin: From, user_id: FromPath[UUID]) -> AdministeredView:
        return AdministeredView.of(await cases.unlock(UnlockUser(Administrator.of(actor, origin), UserId(user_id))))

    @post(
        "/{user_id:uuid}/reset-password",
        operation_id="resetUserPassword",
        summary="Give an account a new password, and sign it out",
        status_code=200,
        response_description="The password, which is shown only now, or that its owner gets mail.",
        operation_class=BodyMayBeLeftOut,
        responses=problems(400, 401, 403, 404, 409, 413, 503),
    )
    async def reset_password(
        actor: Who, origin: From, user_id: FromPath[UUID], data: ResetData = None
    ) -> NewPasswordView:
        by, whose = Administrator.of(actor, origin), UserId(user_id)
        if data is not None and data.mail:
            return NewPasswordView(mailed=await cases.mail_reset(MailUserReset(by, whose)))
        made = await cases.reset_password(ResetUserPassword(by, whose))
        return NewPasswordView(password=made.secret)

    return [lock, unlock, reset_password]


def _end_routes(cases: UserAdminCases) -> list[HTTPRouteHandler]:
    @post(
        "/{user_id:uuid}/restore",
        operation_id="restoreUser",
        summary="Take the deletion of an account back",
        status_code=200,
        responses=_REFUSALS,
    )
    async def restore(actor: Who, origin: From, user_id: FromPath[UUID]) -> AdministeredView:
        return AdministeredView.of(await cases.restore(RestoreUser(Administrator.of(actor, origin), UserId(user_id))))

    @post(
        "/{user_id:uuid}/purge",
        operation_id="purgeUser",
        summary="Forget at once, and for good, who somebody was and what he said",
        status_code=204,
        responses=_REFUSALS,
    )
    async def purge(actor: Who, origin: From, user_id: FromPath[UUID]) -> None:
        await cases.purge(PurgeUser(Administrator.of(actor, origin), UserId(user_id)))

    return [restore, purge]
