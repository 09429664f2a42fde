"""Somebody comes back from the external provider."""

from dataclasses import dataclass, field

from ollamanet.application.identity.accounts import SignedIn
from ollamanet.application.identity.external_accounts import ExternalAccounts
from ollamanet.application.identity.external_ports import IdentityProvider, Opener
from ollamanet.application.kernel.audit import Agent, AuditEntry, AuditTrail, Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.external_errors import ExternalSignInFailed, ExternalSignInRefused
from ollamanet.domain.identity.external_person import ExternalPerson
from ollamanet.domain.identity.sign_in_flow import SignInFlow
from ollamanet.domain.kernel.errors import Forbidden, Refusal, Unauthenticated


@dataclass(frozen=True, slots=True)
class FinishExternalSignIn:
    """What the browser brought.

    Attributes:
        flow: what it kept; None where it kept nothing that we signed.
        state, code, error, issuer: as the provider gave them, unchecked.
    """

    flow: SignInFlow | None
    origin: Origin
    state: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    error: str = ""
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class FinishExternalSignInHandler:
    """Signs in whoever the provider vouches for."""

    provider: IdentityProvider
    accounts: ExternalAccounts
    sessions: Opener
    trail: AuditTrail
    clock: Clock

    async def __call__(self, command: FinishExternalSignIn) -> SignedIn:
        """Sign in.

        Raises:
            ExternalSignInFailed: this browser did not begin it, or it has to be begun again.
            ExternalSignInRefused, AccountDisabled: he is not let in.
            ProviderUnavailable, ProviderFaulty: the provider cannot be used now.
        """
        flow = self._checked(command)
        person: ExternalPerson | None = None
        try:
            person = await self.provider.redeem(command.code, flow)
            user = await self.accounts.of(person, command.origin)
        except (Unauthenticated, Forbidden) as refusal:
            await self._record(refusal, person, command.origin)
            raise
        return await self.sessions.open(user, command.origin)

    def _checked(self, command: FinishExternalSignIn) -> SignInFlow:
        # The state first: nothing else of the request is the provider's word before it fits.
        if command.flow is None:
            raise ExternalSignInFailed("no sign-in was begun in this browser: start it again")
        command.flow.require(command.state, self.clock.now().timestamp())
        if command.issuer is not None and command.issuer != self.provider.issuer:
            raise ExternalSignInFailed("the answer is of another provider")
        if command.error == "access_denied":
            raise ExternalSignInRefused("the provider did not let you in, or you did not agree")
        if command.error or not command.code:
            raise ExternalSignInFailed("the provider could not sign you in: start it again")
        return command.flow

    async def _record(self, refusal: Refusal, person: ExternalPerson | None, origin: Origin) -> None:
        who = "" if person is None else person.email or person.subject
        after = {"because": refusal.detail, "issuer": self.provider.issuer}
        if person is not None:
            after["subject"] = person.subject
        await self.trail.record(AuditEntry("session.refused", Agent(None, who), origin, self.clock.now(), after=after))
