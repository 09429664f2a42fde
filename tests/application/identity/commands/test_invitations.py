"""Inviting, taking back, and registering with an invitation."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.fakes.identity.counted_secrets import CountedSecrets
from tests.fakes.identity.fixed_time import NOON, CountedIds, FixedClock
from tests.fakes.identity.memory_invitations import MemoryInvitations
from tests.fakes.identity.memory_roles import MemoryRoles
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import ADA, PHRASE
from tests.fakes.identity.plain_hasher import PlainHasher
from tests.fakes.identity.signing_in import SigningIn

from ollamanet.application.identity.accounts import NewAccounts
from ollamanet.application.identity.commands.create_invitation import CreateInvitation, CreateInvitationHandler, Invited
from ollamanet.application.identity.commands.register_user import RegisterUser, RegisterUserHandler
from ollamanet.application.identity.commands.revoke_invitation import RevokeInvitation, RevokeInvitationHandler
from ollamanet.application.identity.queries.list_invitations import ListInvitations, ListInvitationsHandler
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import HERE, Origin
from ollamanet.application.kernel.page import PageRequest
from ollamanet.domain.identity.errors import InvitationUnusable, RegistrationClosed
from ollamanet.domain.identity.invitation import Invitation, InvitationState
from ollamanet.domain.identity.roles import RoleDefinition
from ollamanet.domain.identity.user import RegistrationPolicy
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import Conflict, Forbidden, InvalidRequest, NotFound
from ollamanet.domain.kernel.permissions import ALL, OF_USERS, Permission

BOSS = Actor(ADA.id, permissions=ALL, name="ada")
CLERK = Actor(ADA.id, permissions=OF_USERS | {Permission.USERS_WRITE}, name="ada")
EVE = RegisterUser("eve@example.org", "eve", PHRASE)
THERE = Origin("192.0.2.7", "a browser", "a-request")


class Letters:
    """Mail that arrives, or does not."""

    def __init__(self, *, works: bool = True) -> None:
        self.sent: list[tuple[Invitation, str]] = []
        self._works = works

    async def send_invitation(self, invitation: Invitation, token: str) -> bool:
        self.sent.append((invitation, token))
        return self._works


class House:
    """All that has to do with invitations, over one memory."""

    def __init__(self, policy: RegistrationPolicy = RegistrationPolicy.INVITE, mail: Letters | None = None) -> None:
        self.users, self.clock, ids = MemoryUsers(), FixedClock(), CountedIds()
        self.roles = MemoryRoles()
        self.kept = MemoryInvitations(self.users)
        accounts = NewAccounts(self.users, PlainHasher(), self.clock, ids)
        self.invite = CreateInvitationHandler(policy, self.kept, self.roles, CountedSecrets(), self.clock, ids, mail)
        self.register = RegisterUserHandler(policy, accounts, self.kept, SigningIn(self.users).opener)
        self.revoke = RevokeInvitationHandler(self.kept, self.clock)
        self.listed = ListInvitationsHandler(self.kept, self.clock)

    async def invited(self, **wanted: object) -> Invited:
        return await self.invite(CreateInvitation(BOSS, origin=THERE, **wanted))

    @property
    def actions(self) -> list[str]:
        return [entry.action for entry in self.users.trail]


@pytest.mark.anyio
@pytest.mark.parametrize("policy", [RegistrationPolicy.OPEN, RegistrationPolicy.INVITE])
async def test_who_is_invited_registers_once_with_the_roles_of_the_invitation(policy: RegistrationPolicy) -> None:
    house = House(policy)
    invited = await house.invited(email="Eve@Example.org", roles=["admin"])

    signed_in = await house.register(replace(EVE, invitation=invited.token, origin=THERE))

    assert signed_in.user.roles == {"Admin"}
    with pytest.raises(InvitationUnusable):
        await house.register(replace(EVE, username="other", invitation=invited.token))
    (_, state), *others = (await house.listed(ListInvitations(BOSS, PageRequest()))).items
    assert (state, others) == (InvitationState.USED, [])
    assert house.actions == ["invitation.created", "user.registered", "session.opened"]
    assert house.users.trail[1].after["invitation"] == str(invited.invitation.id)
    assert {entry.origin for entry in house.users.trail} == {THERE}
    assert invited.token not in repr((invited, house.users.trail, house.kept.stored))


@pytest.mark.anyio
async def test_without_an_invitation_nobody_registers_where_one_is_needed() -> None:
    house = House()
    with pytest.raises(RegistrationClosed, match="by invitation"):
        await house.register(EVE)
    for token in ("", "secret-1", "secret \ud800", "x" * 200):
        with pytest.raises(InvitationUnusable):
            await house.register(replace(EVE, invitation=token))
    assert house.users.stored == {}


@pytest.mark.anyio
async def test_where_registration_is_closed_invitations_are_neither_made_nor_taken() -> None:
    house = House(RegistrationPolicy.CLOSED)
    with pytest.raises(RegistrationClosed):
        await house.invited()
    with pytest.raises(RegistrationClosed):
        await house.register(replace(EVE, invitation="secret-1"))


@pytest.mark.anyio
async def test_an_invitation_for_one_address_is_good_for_no_other() -> None:
    house = House()
    token = (await house.invited(email="ada@example.org")).token
    with pytest.raises(InvalidRequest, match=r"^email: the invitation is for another address$"):
        await house.register(replace(EVE, invitation=token))
    with pytest.raises(InvalidRequest, match=r"^email: "):
        await house.register(replace(EVE, email="\u0430da@example.org", invitation=token))
    assert house.users.stored == {}


@pytest.mark.anyio
async def test_an_invitation_ends_by_itself() -> None:
    house = House()
    invited = await house.invited(days=1)
    assert invited.invitation.expires_at == NOON + timedelta(days=1)
    house.clock.advance(86_400)
    with pytest.raises(InvitationUnusable):
        await house.register(replace(EVE, invitation=invited.token))
    ((_, state),) = (await house.listed(ListInvitations(BOSS, PageRequest()))).items
    assert state is InvitationState.EXPIRED
    assert (await house.invited()).invitation.expires_at == house.clock.now() + timedelta(days=7)


@pytest.mark.anyio
async def test_one_that_was_taken_back_is_useless_and_taking_it_back_again_is_no_error() -> None:
    house = House()
    invited = await house.invited()
    for _ in range(2):
        await house.revoke(RevokeInvitation(BOSS, invited.invitation.id, THERE))
    with pytest.raises(InvitationUnusable):
        await house.register(replace(EVE, invitation=invited.token))
    assert house.actions == ["invitation.created", "invitation.revoked"]
    ((_, state),) = (await house.listed(ListInvitations(BOSS, PageRequest()))).items
    assert state is InvitationState.REVOKED


@pytest.mark.anyio
async def test_what_was_used_or_never_was_cannot_be_taken_back() -> None:
    house = House()
    invited = await house.invited()
    await house.register(replace(EVE, invitation=invited.token))
    with pytest.raises(Conflict):
        await house.revoke(RevokeInvitation(BOSS, invited.invitation.id))
    with pytest.raises(NotFound):
        await house.revoke(RevokeInvitation(BOSS, ADA.id))


@pytest.mark.anyio
async def test_only_who_may_change_accounts_invites_and_gives_no_more_than_he_has() -> None:
    house = House()
    nobody = Actor(ADA.id, permissions=OF_USERS)
    for refused in (
        house.invite(CreateInvitation(nobody)),
        house.revoke(RevokeInvitation(nobody, ADA.id)),
        house.listed(ListInvitations(nobody, PageRequest())),
        house.invite(CreateInvitation(CLERK, roles=["User", "Admin"])),
    ):
        with pytest.raises(Forbidden):
            await refused
    assert (await house.invite(CreateInvitation(CLERK, roles=["USER"]))).invitation.roles == {"User"}


@pytest.mark.anyio
async def test_nobody_invites_to_models_that_are_not_for_himself() -> None:
    house = House()
    mine = CallerLimits(models=frozenset({"llama3:latest"}))
    house.roles.own["intern"] = RoleDefinition("Intern", OF_USERS, mine)
    narrow = replace(CLERK, limits=mine)

    with pytest.raises(Forbidden, match="models that you may not ask yourself"):
        await house.invite(CreateInvitation(narrow, roles=["User"]))
    assert (await house.invite(CreateInvitation(narrow, roles=["intern"]))).invitation.roles == {"Intern"}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("wanted", "field"),
    [({"roles": ["King"]}, "roles"), ({"roles": []}, "roles"), ({"days": 0}, "days"), ({"days": 366}, "days"),
     ({"email": "eve"}, "email")],
)  # fmt: skip
async def test_what_cannot_be_is_refused_by_name(wanted: dict[str, object], field: str) -> None:
    house = House()
    with pytest.raises(InvalidRequest, match=f"^{field}: "):
        await house.invited(**wanted)
    assert house.kept.stored == {}


@pytest.mark.anyio
async def test_the_operator_may_invite_anybody_as_anything() -> None:
    house = House()
    invited = await house.invite(CreateInvitation(None, roles=["Admin"], origin=HERE))
    assert (invited.invitation.created_by, invited.mailed) == (None, False)
    assert house.users.trail[0].by.name == "command line"


@pytest.mark.anyio
@pytest.mark.parametrize("works", [True, False])
async def test_an_invitation_for_an_address_is_mailed_where_there_is_mail(*, works: bool) -> None:
    mail = Letters(works=works)
    house = House(mail=mail)
    invited = await house.invited(email="eve@example.org")
    anybodys = await house.invited()
    assert mail.sent == [(invited.invitation, invited.token)]
    assert (invited.mailed, anybodys.mailed) == (works, False)
