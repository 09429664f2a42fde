"""What making an account and signing in have in common."""

from collections.abc import Collection
from dataclasses import dataclass, field

from ollamanet.application.identity.new_passwords import NONE_LISTED, CommonPasswords, NewPasswords
from ollamanet.application.identity.ports import AccessToken, PasswordHasher, Users
from ollamanet.application.kernel.clock import Clock, Ids
from ollamanet.domain.identity.names import Email, Username
from ollamanet.domain.identity.user import Role, User
from ollamanet.domain.kernel.ids import UserId


@dataclass(frozen=True, slots=True)
class RefreshGrant:
    """What is exchanged once for the next access token.

    Attributes:
        text: opaque to its holder.
        expires_in: seconds (> 0) that it is good for.
    """

    text: str = field(repr=False)
    expires_in: int


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who is known now, and what he shows from here on."""

    user: User
    token: AccessToken
    refresh: RefreshGrant


@dataclass(frozen=True, slots=True)
class Draft:
    """An account that only has to be stored."""

    user: User
    password_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewAccounts:
    """Makes accounts, whoever asked for them."""

    users: Users
    hasher: PasswordHasher
    clock: Clock
    ids: Ids
    common: CommonPasswords = NONE_LISTED

    async def draft(self, *, email: Email, username: Username, password: str, roles: Collection[str]) -> Draft:
        """Check the password and hash it.

        Raises:
            InvalidRequest: the password is not what the rules say.
        """
        # No look at the store before hashing: uniqueness is the store's to decide, at the moment of storing.
        passwords = NewPasswords(self.hasher, self.common)
        password_hash = await passwords.hashed(password, (str(username), str(email)))
        user = User(UserId(self.ids.new()), email, username, frozenset(roles), self.clock.now())
        return Draft(user, password_hash)

    async def create(self, *, email: str, username: str, password: str, role: Role) -> User:
        """Check what was typed, hash the password, store the account.

        Raises:
            InvalidRequest: a field is not what its rule says; `detail` names it.
            EmailTaken: another account has the address.
            UsernameTaken: another account has the user name.
        """
        address, name = Email.parse(email), Username.parse(username)
        draft = await self.draft(email=address, username=name, password=password, roles={role.value})
        await self.users.add(draft.user, password_hash=draft.password_hash)
        return draft.user
