"""With which token can the first administrator be made?"""

from dataclasses import dataclass

from ollamanet.application.identity.sign_up_ports import FirstAdmins, SetupToken


@dataclass(frozen=True, slots=True)
class FindSetupTokenHandler:
    """Tells whoever runs the service, never a caller over the network."""

    token: SetupToken
    admins: FirstAdmins

    async def __call__(self) -> str | None:
        """The token; None when there is an administrator, and it opens nothing."""
        return None if await self.admins.exists() else self.token.text
