"""An administrator makes an account for somebody."""

from collections.abc import Collection
from dataclasses import dataclass, field

from ollamanet.application.identity.account_facts import facts_of
from ollamanet.application.identity.administration import Administrator
from ollamanet.application.identity.administration_ports import PasswordSource
from ollamanet.application.identity.new_passwords import NewPasswords
from ollamanet.application.identity.ports import Roles, Users
from ollamanet.application.kernel.clock import Clock, Ids
from ollamanet.domain.identity.granting import known_roles
from ollamanet.domain.identity.names import Email, Username
from ollamanet.domain.identity.password import Password
from ollamanet.domain.identity.user import Role, User
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class CreateUser:
    """What the administrator typed, unchecked.

    Attributes:
        password: None to have one made.
        roles: at least one.
    """

    by: Administrator
    email: str
    username: str
    password: str | None = field(default=None, repr=False)
    roles: Collection[str] = (Role.USER.value,)


@dataclass(frozen=True, slots=True)
class CreatedUser:
    """An account, with its password if that was made here: it is not kept, so this is the only time it is seen."""

    user: User
    password: Password | None


@dataclass(frozen=True, slots=True)
class CreateUserHandler:
    """Makes the account, whatever the registration policy."""

    users: Users
    roles: Roles
    new_passwords: NewPasswords
    passwords: PasswordSource
    clock: Clock
    ids: Ids

    async def __call__(self, command: CreateUser) -> CreatedUser:
        """Make the account.

        Raises:
            InvalidRequest: a field is not what its rule says, or the password is too easy to guess.
            Forbidden: the caller may not make accounts, or not with these roles.
            EmailTaken: another account has the address.
            UsernameTaken: another account has the user name.
        """
        by = command.by
        by.means.require(Permission.USERS_WRITE)
        book, now = await self.roles.book(), self.clock.now()
        roles = known_roles(command.roles, book)
        by.means.require_may_grant(roles, book)
        user = User(UserId(self.ids.new()), Email.parse(command.email), Username.parse(command.username), roles, now)
        made, password_hash = await self._password(command, user)
        entry = by.did("user.created", user, now, after=facts_of(user))
        await self.users.add(user, password_hash=password_hash, audit=[entry])
        return CreatedUser(user, made)

    async def _password(self, command: CreateUser, user: User) -> tuple[Password | None, str]:
        if command.password is not None:
            return None, await self.new_passwords.hashed(command.password, (str(user.username), str(user.email)))
        made = self.passwords.new()
        return made, await self.new_passwords.hasher.hash(made)
