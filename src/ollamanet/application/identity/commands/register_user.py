"""Somebody makes an account of his own."""

from dataclasses import dataclass, field

from ollamanet.application.identity.accounts import NewAccounts, SignedIn
from ollamanet.application.identity.session_opener import SessionOpener
from ollamanet.application.kernel.audit import Origin
from ollamanet.domain.identity.user import RegistrationPolicy, Role


@dataclass(frozen=True, slots=True)
class RegisterUser:
    """What was typed into the form, unchecked."""

    email: str
    username: str
    password: str = field(repr=False)
    origin: Origin = field(default_factory=Origin)


@dataclass(frozen=True, slots=True)
class RegisterUserHandler:
    """Makes the account, always with the role `User`, and signs it in."""

    policy: RegistrationPolicy
    accounts: NewAccounts
    sessions: SessionOpener

    async def __call__(self, command: RegisterUser) -> SignedIn:
        """Make the account.

        Raises:
            RegistrationClosed: the policy is not `open`.
            InvalidRequest: a field is not what its rule says.
            EmailTaken: another account has the address.
            UsernameTaken: another account has the user name.
        """
        self.policy.require_open()
        user = await self.accounts.create(
            email=command.email, username=command.username, password=command.password, role=Role.USER
        )
        return await self.sessions.open(user, command.origin)
