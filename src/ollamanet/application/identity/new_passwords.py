"""A password that somebody chooses, whatever for: it is checked, then hashed."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Protocol

from ollamanet.application.identity.ports import PasswordHasher
from ollamanet.domain.identity.password import Password
from ollamanet.domain.identity.password_rules import require_hard_to_guess


class CommonPasswords(Protocol):
    """What attackers try first."""

    async def listed(self) -> Collection[str]:
        """Common passwords and words of them, folded, without separators, 4 characters at least each."""
        ...


class NoneListed:
    """An empty list: the other rules still hold."""

    async def listed(self) -> Collection[str]:
        """Nothing."""
        return ()


NONE_LISTED: Final = NoneListed()


@dataclass(frozen=True, slots=True)
class NewPasswords:
    """Makes the hash of a new password, for whoever registers, changes or resets it."""

    hasher: PasswordHasher
    common: CommonPasswords = NONE_LISTED

    async def checked(self, text: str, names: Collection[str]) -> Password:
        """Read a new password, and check it against the rules and against its owner's names: user name and address.

        Raises:
            InvalidRequest: its length is wrong, or it is too easy to guess; says why, and never repeats it.
        """
        password = Password.parse(text)
        require_hard_to_guess(password, names=names, common=await self.common.listed())
        return password

    async def hashed(self, text: str, names: Collection[str]) -> str:
        """The same, and hash it.

        Raises:
            InvalidRequest: as `checked`.
            HashingBusy: too many wait already.
        """
        return await self.hasher.hash(await self.checked(text, names))
