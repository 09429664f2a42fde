"""What every store of invitations does; a subclass brings the fixtures `invitations` and `users`."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import anyio
import pytest
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA, BOB, person

from ollamanet.application.identity.ports import Users
from ollamanet.application.identity.secret_tokens import token_digest
from ollamanet.application.identity.sign_up_ports import Invitations
from ollamanet.application.kernel.page import PageRequest
from ollamanet.domain.identity.errors import EmailTaken, InvitationUnusable, UsernameTaken
from ollamanet.domain.identity.invitation import Invitation, InvitationId
from ollamanet.domain.identity.names import Email

DIGEST = token_digest("a token")
EVE = replace(person("eve", number=7), created_at=NOON)


def invitation(number: int = 1, **changed: object) -> Invitation:
    made = Invitation(
        id=InvitationId(UUID(f"00000000-0000-7000-8000-{number:012x}")),
        email=Email.parse("Eve@example.org"),
        roles=frozenset({"User", 'R&D "west"'}),
        created_by=ADA.id,
        created_at=NOON + timedelta(minutes=number),
        expires_at=NOON + timedelta(days=7),
    )
    return replace(made, **changed)


@pytest.mark.anyio
class InvitationsContract:
    async def test_an_invitation_comes_back_as_it_was_stored(self, invitations: Invitations) -> None:
        anybodys = invitation(2, email=None, created_by=None, revoked_at=NOON)
        await invitations.add(invitation(), token_hash=DIGEST)
        await invitations.add(anybodys, token_hash=token_digest("another"))

        assert await invitations.find(DIGEST) == invitation()
        assert await invitations.get(anybodys.id) == anybodys
        assert await invitations.find(token_digest("unheard of")) is None
        assert await invitations.get(invitation(3).id) is None

    async def test_they_are_listed_newest_first_in_pages(self, invitations: Invitations) -> None:
        for number in (2, 1, 3):
            await invitations.add(invitation(number), token_hash=token_digest(f"token {number}"))

        pages = [await invitations.list_invitations(PageRequest(page, 2)) for page in (1, 2, 3)]

        assert [list(page.items) for page in pages] == [[invitation(3), invitation(2)], [invitation(1)], []]
        assert {page.total for page in pages} == {3}

    async def test_one_that_is_accepted_is_used_by_the_new_account(
        self, invitations: Invitations, users: Users
    ) -> None:
        await invitations.add(invitation(), token_hash=DIGEST)

        await invitations.accept(DIGEST, EVE, password_hash="a hash")

        assert await users.find(EVE.id) == EVE
        assert await invitations.find(DIGEST) == invitation(used_at=NOON, used_by=EVE.id)

    async def test_of_many_who_come_at_once_with_one_token_one_gets_an_account(
        self, invitations: Invitations, users: Users
    ) -> None:
        await invitations.add(invitation(), token_hash=DIGEST)
        refused: list[InvitationUnusable] = []

        eves = [person(f"eve{number}", number=number) for number in range(1, 9)]

        async def come(number: int) -> None:
            try:
                await invitations.accept(DIGEST, eves[number], password_hash="a hash")
            except InvitationUnusable as refusal:
                refused.append(refusal)

        async with anyio.create_task_group() as group:
            for number in range(8):
                group.start_soon(come, number)

        assert len(refused) == 7
        assert len([user for user in eves if await users.find(user.id)]) == 1

    @pytest.mark.parametrize(
        "spoilt",
        [{"revoked_at": NOON}, {"used_at": NOON, "used_by": BOB.id}, {"expires_at": NOON}],
        ids=["revoked", "used", "expired"],
    )
    async def test_one_that_is_not_open_gives_no_account(
        self, invitations: Invitations, users: Users, spoilt: dict[str, object]
    ) -> None:
        await invitations.add(invitation(**spoilt), token_hash=DIGEST)

        for digest in (DIGEST, token_digest("unheard of")):
            with pytest.raises(InvitationUnusable):
                await invitations.accept(digest, EVE, password_hash="a hash")

        assert await users.find(EVE.id) is None
        assert await invitations.find(DIGEST) == invitation(**spoilt)

    async def test_a_taken_name_leaves_the_invitation_open(self, invitations: Invitations, users: Users) -> None:
        await users.add(ADA, password_hash="a hash")
        await invitations.add(invitation(), token_hash=DIGEST)

        with pytest.raises(EmailTaken):
            await invitations.accept(DIGEST, replace(EVE, email=ADA.email), password_hash="a hash")
        with pytest.raises(UsernameTaken):
            await invitations.accept(DIGEST, replace(EVE, username=ADA.username), password_hash="a hash")

        assert await invitations.find(DIGEST) == invitation()

    async def test_only_an_open_one_can_be_revoked_and_only_once(self, invitations: Invitations) -> None:
        used = invitation(2, used_at=NOON, used_by=BOB.id)
        await invitations.add(invitation(), token_hash=DIGEST)
        await invitations.add(used, token_hash=token_digest("another"))

        assert await invitations.revoke(invitation().id, at=NOON)
        assert not await invitations.revoke(invitation().id, at=NOON + timedelta(hours=1))
        assert not await invitations.revoke(used.id, at=NOON)
        assert not await invitations.revoke(invitation(3).id, at=NOON)

        assert await invitations.get(invitation().id) == invitation(revoked_at=NOON)
        assert await invitations.get(used.id) == used
