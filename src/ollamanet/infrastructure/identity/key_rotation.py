"""Puts a new signing key into the data folder."""

from dataclasses import dataclass

from ollamanet.application.identity.commands.rotate_keys import DraftedKey
from ollamanet.application.kernel.clock import Clock
from ollamanet.infrastructure.identity.key_files import KeyFolder, new_secret
from ollamanet.infrastructure.identity.signing_keys import SigningKeys


@dataclass(frozen=True, slots=True)
class KeyRotation:
    """A `SigningKeyStore` over the data folder.

    Attributes:
        token_life: seconds that an access token is good for.
    """

    folder: KeyFolder
    clock: Clock
    token_life: int

    def draft(self) -> DraftedKey:
        """A new key that is nowhere yet."""
        self.folder.make_first()
        names = self.folder.names(self.clock.now(), retired_for=self.token_life)
        secret = new_secret()
        return DraftedKey(SigningKeys.of(secret).kid, SigningKeys.of(*self.folder.read(names)).kid, secret)

    def put(self, draft: DraftedKey, *, drop_others: bool) -> int:
        """Have it sign from now on; how many others still verify."""
        now = self.clock.now()
        added = self.folder.add(draft.secret, now)
        kept = [added] if drop_others else self.folder.names(now, retired_for=self.token_life)
        self.folder.remove_all_but(kept)
        return len(kept) - 1
