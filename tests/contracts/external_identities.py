"""What every store of accounts at providers does; a subclass brings `identities`, and `users` of the same accounts."""

from dataclasses import replace
from datetime import timedelta

import anyio
import pytest
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA, BOB, person

from ollamanet.application.identity.external_ports import ExternalIdentities
from ollamanet.application.identity.ports import Users
from ollamanet.application.kernel.audit import OPERATOR, AuditEntry, Origin
from ollamanet.domain.identity.errors import AccountDisabled, EmailTaken, UsernameTaken
from ollamanet.domain.identity.external_errors import IdentityTaken
from ollamanet.domain.identity.external_person import ExternalIdentity
from ollamanet.domain.identity.user import Role, User, UserStatus
from ollamanet.domain.kernel.errors import NotFound, Refusal

ISSUER = "https://sso.example"
ADAS = ExternalIdentity(ISSUER, "ada", ADA.id, "ada@example.org", NOON)
LATER = NOON + timedelta(hours=1)


def told(before: User, after: User) -> AuditEntry:
    roles = {"roles": sorted(before.roles)}, {"roles": sorted(after.roles)}
    return AuditEntry("user.roles_changed", OPERATOR, Origin(), LATER, f"user:{after.id}", "", *roles)


async def signed_in(identities: ExternalIdentities, *roles: str, subject: str = "ada") -> User:
    wanted = frozenset(roles)
    return await identities.record_sign_in(
        ISSUER, subject, roles=lambda current: wanted or current, at=LATER, changed=told
    )


@pytest.mark.anyio
class ExternalIdentitiesContract:
    async def test_a_linked_account_is_found_by_issuer_and_subject(
        self, identities: ExternalIdentities, users: Users
    ) -> None:
        await users.add(ADA, password_hash="h")
        assert await identities.find(ISSUER, "ada") is None
        await identities.link(ADAS, audit=[])

        assert await identities.find(ISSUER, "ada") == ADA
        assert await identities.find(ISSUER, "bob") is None
        assert await identities.find("https://other.example", "ada") is None

    async def test_an_identity_is_one_accounts_only(self, identities: ExternalIdentities, users: Users) -> None:
        for user in (ADA, BOB):
            await users.add(user, password_hash="h")
        await identities.link(ADAS, audit=[])
        with pytest.raises(IdentityTaken):
            await identities.link(replace(ADAS, user_id=BOB.id), audit=[])

        assert await identities.find(ISSUER, "ada") == ADA

    async def test_a_new_account_is_stored_with_its_identity_or_not_at_all(
        self, identities: ExternalIdentities, users: Users
    ) -> None:
        await users.add(BOB, password_hash="h")
        for taken, refusal in (
            (person("ada", number=7, email=str(BOB.email)), EmailTaken),
            (person("bob", number=8, email="other@example.org"), UsernameTaken),
        ):
            identity = replace(ADAS, user_id=taken.id)
            with pytest.raises(refusal):
                await identities.register(taken, identity, password_hash="h", audit=[])
        assert await identities.find(ISSUER, "ada") is None

        await identities.register(ADA, ADAS, password_hash="h", audit=[])
        assert await identities.find(ISSUER, "ada") == ADA
        again = person("eve", number=9)
        with pytest.raises(IdentityTaken):
            await identities.register(again, replace(ADAS, user_id=again.id), password_hash="h", audit=[])
        assert await users.find(again.id) is None

    async def test_of_many_who_come_at_once_with_one_identity_one_gets_it(
        self, identities: ExternalIdentities, users: Users
    ) -> None:
        refused: list[Refusal] = []

        async def register(number: int) -> None:
            user = person(f"ada{number}", number=number)
            try:
                await identities.register(user, replace(ADAS, user_id=user.id), password_hash="h", audit=[])
            except IdentityTaken as refusal:
                refused.append(refusal)

        async with anyio.create_task_group() as group:
            for number in range(1, 6):
                group.start_soon(register, number)

        assert len(refused) == 4

    async def test_signing_in_remembers_the_time_and_changes_roles(
        self, identities: ExternalIdentities, users: Users
    ) -> None:
        await identities.register(ADA, ADAS, password_hash="h", audit=[])
        after = await signed_in(identities, "User", "Researcher")

        assert after == replace(ADA, roles=frozenset({"User", "Researcher"}), last_sign_in_at=LATER)
        assert await users.find(ADA.id) == after
        assert await signed_in(identities) == after

    async def test_the_last_administrator_stays_one(self, identities: ExternalIdentities, users: Users) -> None:
        admin, other = replace(ADA, roles=frozenset({"Admin"})), person("carl", number=103, role=Role.ADMIN)
        await identities.register(admin, ADAS, password_hash="h", audit=[])
        assert (await signed_in(identities, "User")).roles == {"Admin", "User"}

        await users.add(other, password_hash="h")
        assert (await signed_in(identities, "User")).roles == {"User"}

    async def test_of_two_administrators_who_lose_the_role_at_once_one_keeps_it(
        self, identities: ExternalIdentities, users: Users
    ) -> None:
        for user, subject in ((ADA, "ada"), (BOB, "bob")):
            admin = replace(user, roles=frozenset({"Admin"}))
            identity = replace(ADAS, user_id=user.id, subject=subject)
            await identities.register(admin, identity, password_hash="h", audit=[])
        kept: list[User] = []

        async def sign_in(subject: str) -> None:
            kept.append(await signed_in(identities, "User", subject=subject))

        async with anyio.create_task_group() as group:
            for subject in ("ada", "bob"):
                group.start_soon(sign_in, subject)

        assert sorted("Admin" in user.roles for user in kept) == [False, True]

    @pytest.mark.parametrize("status", [UserStatus.LOCKED, UserStatus.DELETED])
    async def test_an_account_that_may_not_be_used_does_not_sign_in(
        self, identities: ExternalIdentities, users: Users, status: UserStatus
    ) -> None:
        await identities.register(replace(ADA, status=status), ADAS, password_hash="h", audit=[])
        with pytest.raises(AccountDisabled):
            await signed_in(identities, "Admin")

        assert (await users.find(ADA.id)).roles == {"User"}  # type: ignore[union-attr] # it is there

    async def test_nobody_signs_in_with_what_is_not_linked(self, identities: ExternalIdentities, users: Users) -> None:
        with pytest.raises(NotFound):
            await signed_in(identities)
