"""Invitations, and the set-up of the first administrator, over HTTP."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, Router, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from ollamanet.application.identity.commands.create_invitation import CreateInvitation, CreateInvitationHandler
from ollamanet.application.identity.commands.revoke_invitation import RevokeInvitation, RevokeInvitationHandler
from ollamanet.application.identity.commands.set_up_first_admin import SetUpFirstAdmin, SetUpFirstAdminHandler
from ollamanet.application.identity.queries.list_invitations import ListInvitations, ListInvitationsHandler
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import Origin
from ollamanet.domain.identity.invitation import InvitationId
from ollamanet.interfaces.identity.refresh_cookie import RefreshCookies
from ollamanet.interfaces.identity.schemas import SignedInView
from ollamanet.interfaces.identity.sign_up_schemas import (
    InvitationBody,
    InvitationPage,
    InvitationView,
    InvitedView,
    SetUpBody,
)
from ollamanet.interfaces.identity.signed_in_response import signed_in_response
from ollamanet.interfaces.kernel.openapi import json_body, problems
from ollamanet.interfaces.kernel.paging import PageNumber, PageSize, page_request

_FIRST = {
    "token": "ons_5f0c0a4bb7b4d1f6f3ab1a1f6e5c4d3b2a190817",
    "email": "you@example.org",
    "username": "you",
    "password": "correct horse battery staple",
}
InvitationData = Annotated[InvitationBody, json_body("a colleague", {"email": "ada@example.org", "roles": ["User"]})]
SetUpData = Annotated[SetUpBody, json_body("the first administrator", _FIRST)]


@dataclass(frozen=True, slots=True)
class InvitationUseCases:
    """What administrators do with invitations; each checks the permission."""

    create: CreateInvitationHandler
    revoke: RevokeInvitationHandler
    listed: ListInvitationsHandler


UseCases = NamedDependency[InvitationUseCases]


class InvitationsController(Controller):
    """Invitations to make an account."""

    path = "/admin/invitations"
    tags = ("admin",)

    @get(
        "/",
        operation_id="listInvitations",
        summary="All invitations, the newest first",
        responses=problems(400, 401, 403),
    )
    async def invitations(
        self, actor: NamedDependency[Actor], invitations: UseCases, page: PageNumber = 1, page_size: PageSize = 20
    ) -> InvitationPage:
        """Those that were used, revoked or have expired too."""
        found = await invitations.listed(ListInvitations(actor, page_request(page, page_size)))
        items = [InvitationView.of(*each) for each in found.items]
        return InvitationPage(items, found.page, found.page_size, found.total)

    @post(
        "/",
        operation_id="createInvitation",
        summary="Invite somebody; answers the token, once",
        responses=problems(400, 401, 403, 413),
    )
    async def created(
        self,
        actor: NamedDependency[Actor],
        origin: NamedDependency[Origin],
        invitations: UseCases,
        data: InvitationData,
    ) -> InvitedView:
        """An invitation gives no more than whoever makes it has."""
        command = CreateInvitation(actor, data.email, data.roles, data.expires_in_days, origin)
        return InvitedView.of_new(await invitations.create(command))

    @delete(
        "/{invitation_id:uuid}",
        operation_id="revokeInvitation",
        summary="Take an invitation back",
        responses=problems(400, 401, 403, 404, 409),
    )
    async def revoked(
        self,
        actor: NamedDependency[Actor],
        origin: NamedDependency[Origin],
        invitations: UseCases,
        invitation_id: FromPath[UUID],
    ) -> None:
        """One that was used cannot be taken back."""
        await invitations.revoke(RevokeInvitation(actor, InvitationId(invitation_id), origin))


def invitations_router(use_cases: InvitationUseCases) -> Router:
    """The routes for administrators, to be mounted under `/api/v1`."""
    provide = Provide(lambda: use_cases, sync_to_thread=False)
    return Router(path="/", route_handlers=[InvitationsController], dependencies={"invitations": provide})


def setup_router(set_up: SetUpFirstAdminHandler, cookies: RefreshCookies) -> Router:
    """Open to whoever has the token."""

    @post(
        "/api/v1/auth/setup",
        operation_id="setUp",
        summary="Make the first administrator and sign in",
        status_code=201,
        response_description="The account, and an access token.",
        responses=problems(400, 403, 409, 413, 429, 503),
        tags=["auth"],
    )
    async def first_admin(
        request: Request[Any, Any, Any], data: SetUpData, origin: NamedDependency[Origin]
    ) -> Response[SignedInView]:
        """Works whatever the registration policy, once: while there is no administrator who could sign in."""
        command = SetUpFirstAdmin(data.token, data.email, data.username, data.password, origin)
        return signed_in_response(await set_up(command), request, cookies, with_refresh_token=data.refresh_token)

    return Router(path="/", route_handlers=[first_admin])
