"""What making an account and signing in have in common."""

from dataclasses import dataclass, field

from ollamanet.application.identity.ports import AccessToken, PasswordHasher, Users
from ollamanet.application.kernel.clock import Clock, Ids
from ollamanet.domain.identity.names import Email, Username
from ollamanet.domain.identity.password import Password
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
class NewAccounts:
    """Makes accounts, whoever asked for them."""

    users: Users
    hasher: PasswordHasher
    clock: Clock
    ids: Ids

    async def create(self, *, email: str, username: str, password: str, role: Role) -> User:
        """Check what was typed, hash the password, store the account.

        Raises:
            InvalidRequest: a field is not what its rule says; `detail` names it.
            EmailTaken: another account has the address.
            UsernameTaken: another account has the user name.
        """
        user = User(
            id=UserId(self.ids.new()),
            email=Email.parse(email),
            username=Username.parse(username),
            roles=frozenset({role.value}),
            created_at=self.clock.now(),
        )
        # No look at the store before hashing: uniqueness is the store's to decide, at the moment of storing.
        password_hash = await self.hasher.hash(Password.parse(password))
        await self.users.add(user, password_hash=password_hash)
        return user
