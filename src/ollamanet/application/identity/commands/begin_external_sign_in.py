"""Somebody wants to sign in with the external provider."""

from dataclasses import dataclass

from ollamanet.application.identity.external_ports import IdentityProvider
from ollamanet.application.identity.secret_tokens import Secrets
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.sign_in_flow import LIFETIME, SignInFlow, local_path


@dataclass(frozen=True, slots=True)
class BeginExternalSignIn:
    """Where to go on afterwards, unchecked; None for nowhere."""

    return_to: str | None = None


@dataclass(frozen=True, slots=True)
class BeginExternalSignInHandler:
    """Keeps nothing: what has to come back is the browser's to keep."""

    provider: IdentityProvider
    secrets: Secrets
    clock: Clock

    async def __call__(self, command: BeginExternalSignIn) -> tuple[str, SignInFlow]:
        """Where to send the browser, and what it has to bring back.

        Raises:
            InvalidRequest: `return_to` is no path on this server.
            ProviderUnavailable, ProviderFaulty: the provider cannot be used now.
        """
        flow = SignInFlow(
            state=self.secrets.new(),
            nonce=self.secrets.new(),
            verifier=self.secrets.new(),
            return_to=local_path(command.return_to),
            expires_at=self.clock.now().timestamp() + LIFETIME,
        )
        return await self.provider.sign_in_url(flow), flow
