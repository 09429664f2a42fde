"""The operator has another key sign access tokens from now on."""

from dataclasses import dataclass, field
from typing import Protocol

from ollamanet.application.kernel.audit import HERE, OPERATOR, AuditEntry, AuditTrail
from ollamanet.application.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class DraftedKey:
    """A new key.

    Attributes:
        kid: its name in tokens.
        replaces: the name of the one that signs so far.
    """

    kid: str
    replaces: str
    secret: bytes = field(repr=False)


class SigningKeyStore(Protocol):
    """Where the keys are kept."""

    def draft(self) -> DraftedKey:
        """A new key that is not in force yet.

        Raises:
            OSError: the keys cannot be read.
        """
        ...

    def put(self, draft: DraftedKey, *, drop_others: bool) -> int:
        """Have it sign from now on; how many older ones still verify."""
        ...


@dataclass(frozen=True, slots=True)
class RotateKeys:
    """What is to become of the older keys.

    Attributes:
        drop_others: they verify no longer, as one of them may be known to others; else until tokens that they signed
            have expired.
    """

    drop_others: bool = False


@dataclass(frozen=True, slots=True)
class Rotated:
    """What came of it.

    Attributes:
        kid: of the key that signs now.
        still_verifying: how many older ones are still good.
    """

    kid: str
    still_verifying: int


@dataclass(frozen=True, slots=True)
class RotateKeysHandler:
    """Rotates them."""

    keys: SigningKeyStore
    trail: AuditTrail
    clock: Clock

    async def __call__(self, command: RotateKeys) -> Rotated:
        """Rotate; recorded first, so that no key is ever in force that the trail does not know."""
        draft = self.keys.draft()
        entry = AuditEntry(
            "signing_key.rotated",
            OPERATOR,
            HERE,
            self.clock.now(),
            target=f"signing_key:{draft.kid}",
            before={"kid": draft.replaces},
            after={"kid": draft.kid, "others_dropped": command.drop_others},
        )
        await self.trail.record(entry)
        return Rotated(draft.kid, self.keys.put(draft, drop_others=command.drop_others))
