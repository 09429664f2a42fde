"""What signing in with an external provider needs from the outside."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from ollamanet.application.identity.accounts import SignedIn
from ollamanet.application.kernel.audit import AuditEntry, Origin
from ollamanet.domain.identity.external_person import ExternalIdentity, ExternalPerson
from ollamanet.domain.identity.sign_in_flow import SignInFlow
from ollamanet.domain.identity.user import User


class IdentityProvider(Protocol):
    """The provider that the settings name."""

    @property
    def issuer(self) -> str:
        """Its name for itself."""
        ...

    async def sign_in_url(self, flow: SignInFlow) -> str:
        """Where the browser has to go.

        Raises:
            ProviderUnavailable, ProviderFaulty: nobody can be sent there now.
        """
        ...

    async def redeem(self, code: str, flow: SignInFlow) -> ExternalPerson:
        """Exchange the code that the browser brought back, and check all that the provider says.

        Raises:
            ExternalSignInFailed: the code is none, or not any more, or what it stands for is not this flow's.
            ProviderUnavailable, ProviderFaulty: it cannot be asked.
        """
        ...


class ExternalIdentities(Protocol):
    """Which account of a provider is which account here; each call is one transaction, its entries included."""

    async def find(self, issuer: str, subject: str) -> User | None:
        """The account, locked and deleted ones included; None where nobody is linked."""
        ...

    async def link(self, identity: ExternalIdentity, *, audit: Sequence[AuditEntry]) -> None:
        """Let it be the account's.

        Raises:
            IdentityTaken: it is somebody's.
        """
        ...

    async def register(
        self, user: User, identity: ExternalIdentity, *, password_hash: str, audit: Sequence[AuditEntry]
    ) -> None:
        """Store a new account and link it.

        Raises:
            IdentityTaken: it is somebody's.
            EmailTaken, UsernameTaken: another account has the name.
        """
        ...

    async def record_sign_in(
        self,
        issuer: str,
        subject: str,
        *,
        roles: Callable[[frozenset[str]], frozenset[str]],
        at: datetime,
        changed: Callable[[User, User], AuditEntry],
    ) -> User:
        """Remember the time, and give the account the roles that follow from those it has; one at a time everywhere.

        The role `Admin` stays with the last account that has it and may be used.

        Args:
            roles: from the roles it has to those it shall have, 1..n.
            changed: tells of it, given the account before and after; called when its roles changed.

        Returns:
            The account as it is now.

        Raises:
            AccountDisabled: it may not be used.
            NotFound: the link is gone.
        """
        ...


class Opener(Protocol):
    """Opens a session for somebody who has just shown who he is."""

    async def open(self, user: User, origin: Origin) -> SignedIn:
        """Sign in an account, given as it was when he showed that.

        Raises:
            WrongCredentials: its password was changed since then, or it is gone.
            AccountDisabled: it may not be used any more.
        """
        ...
