"""Which account somebody has whom a provider vouches for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ollamanet.application.identity.external_ports import ExternalIdentities
from ollamanet.application.identity.ports import PasswordHasher, Users
from ollamanet.application.identity.secret_tokens import Secrets
from ollamanet.application.kernel.audit import Agent, AuditEntry, Origin
from ollamanet.application.kernel.clock import Clock, Ids
from ollamanet.domain.identity.errors import AccountDisabled, EmailTaken, UsernameTaken
from ollamanet.domain.identity.external_errors import ExternalSignInRefused, IdentityTaken
from ollamanet.domain.identity.external_person import ExternalIdentity, ExternalPerson, ExternalRegistration, RoleMap
from ollamanet.domain.identity.names import Email, Login
from ollamanet.domain.identity.password import Password
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.kernel.ids import UserId

_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class ExternalAccounts:
    """Finds the linked account, links one by its verified address, or makes one."""

    identities: ExternalIdentities
    users: Users
    hasher: PasswordHasher
    secrets: Secrets
    clock: Clock
    ids: Ids
    registration: ExternalRegistration
    role_map: RoleMap

    async def of(self, person: ExternalPerson, origin: Origin) -> User:
        """The account, with the roles that it has from now on.

        Raises:
            ExternalSignInRefused: he has none and gets none; `detail` says why.
            AccountDisabled: it may not be used.
        """
        now = self.clock.now()
        for _ in range(_ATTEMPTS):
            if await self.identities.find(person.issuer, person.key) is not None:
                return await self._signed_in(person, origin, now)
            try:
                await self._make_known(person, origin, now)
            except (IdentityTaken, EmailTaken):
                # He came twice at once, and the other one was faster: look again.
                continue
        if await self.identities.find(person.issuer, person.key) is not None:
            return await self._signed_in(person, origin, now)
        raise ExternalSignInRefused("the account could not be linked now: try again")

    async def _signed_in(self, person: ExternalPerson, origin: Origin, now: datetime) -> User:
        def changed(before: User, after: User) -> AuditEntry:
            given = {"roles": sorted(after.roles), "issuer": person.issuer}
            return _entry("user.roles_changed", after, origin, now, {"roles": sorted(before.roles)}, given)

        return await self.identities.record_sign_in(
            person.issuer,
            person.key,
            roles=lambda current: self.role_map.roles_of(person, current),
            at=now,
            changed=changed,
        )

    async def _make_known(self, person: ExternalPerson, origin: Origin, now: datetime) -> None:
        email = _vouched(person)
        found = await self.users.find_credentials(Login(email.key))
        if found is not None:
            await self._link(person, found.user, origin, now)
        elif self.registration is ExternalRegistration.ALLOWED:
            await self._register(person, email, origin, now)
        else:
            raise ExternalSignInRefused("no account here has this email address; ask an administrator for one")

    async def _link(self, person: ExternalPerson, user: User, origin: Origin, now: datetime) -> None:
        if not user.usable:
            raise AccountDisabled
        # Else somebody could register with another one's address, and wait in the account for its owner to arrive.
        if user.email_verified_at is None:
            raise ExternalSignInRefused(
                "an account here has this email address, and it was never shown whose it is: "
                "set a new password by mail first, or ask an administrator"
            )
        entry = _entry("identity.linked", user, origin, now, {}, {"issuer": person.issuer, "subject": person.subject})
        identity = ExternalIdentity(person.issuer, person.key, user.id, user.email.text, now)
        await self.identities.link(identity, audit=[entry])

    async def _register(self, person: ExternalPerson, email: Email, origin: Origin, now: datetime) -> None:
        user_id = UserId(self.ids.new())
        # A password that nobody knows, hashed as any other: signing in with one fails, and takes as long.
        password_hash = await self.hasher.hash(Password.parse(self.secrets.new()))
        identity = ExternalIdentity(person.issuer, person.key, user_id, email.text, now)
        roles = self.role_map.roles_of(person, ())
        for username in person.usernames(user_id.hex[-12:]):
            user = User(user_id, email, username, roles, now, email_verified_at=now)
            after = {"roles": sorted(roles), "issuer": person.issuer, "subject": person.subject}
            try:
                entry = _entry("user.registered", user, origin, now, {}, after)
                await self.identities.register(user, identity, password_hash=password_hash, audit=[entry])
            except UsernameTaken:
                continue
            return


def _vouched(person: ExternalPerson) -> Email:
    if person.email is None or not person.email_verified:
        raise ExternalSignInRefused("the provider does not vouch for an email address of this account")
    try:
        return Email.parse(person.email)
    except InvalidRequest as error:
        raise ExternalSignInRefused("the provider gives an email address that cannot be used here") from error


def _entry(
    action: str, user: User, origin: Origin, at: datetime, before: Mapping[str, object], after: Mapping[str, object]
) -> AuditEntry:
    agent = Agent(user.id, str(user.username))
    return AuditEntry(action, agent, origin, at, f"user:{user.id}", str(user.username), before, after)
