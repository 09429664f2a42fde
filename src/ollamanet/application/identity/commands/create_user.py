"""An administrator makes an account for somebody."""

from dataclasses import dataclass, field

from ollamanet.application.identity.accounts import NewAccounts
from ollamanet.domain.identity.user import Role, User


@dataclass(frozen=True, slots=True)
class CreateUser:
    """What the administrator typed; names and password are unchecked."""

    email: str
    username: str
    password: str = field(repr=False)
    role: Role = Role.USER


@dataclass(frozen=True, slots=True)
class CreateUserHandler:
    """Makes the account, whatever the registration policy; the caller has the right to."""

    accounts: NewAccounts

    async def __call__(self, command: CreateUser) -> User:
        """Make the account.

        Raises:
            InvalidRequest: a field is not what its rule says.
            EmailTaken: another account has the address.
            UsernameTaken: another account has the user name.
        """
        return await self.accounts.create(
            email=command.email, username=command.username, password=command.password, role=command.role
        )
