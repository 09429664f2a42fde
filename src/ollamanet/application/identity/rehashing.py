"""Hashes of other parameters than today's are made anew at sign-in, as only then the password is there."""

from dataclasses import dataclass

from ollamanet.application.identity.ports import Credentials, PasswordHasher, Users
from ollamanet.domain.identity.errors import HashingBusy
from ollamanet.domain.identity.password import Password


@dataclass(frozen=True, slots=True)
class Rehashing:
    """Keeps stored hashes as hard as the settings say."""

    users: Users
    hasher: PasswordHasher

    async def freshen(self, found: Credentials, password: Password) -> None:
        """Store a new hash of the right password, if the one that it was compared with is outdated.

        A password that is changed meanwhile stays changed: only the hash that was compared is replaced.
        """
        if self.hasher.outdated(found.password_hash):
            try:
                new = await self.hasher.hash(password)
            except HashingBusy:
                # The password was right: nobody is turned away for this, and it can be done at the next sign-in.
                return
            await self.users.set_password(found.user.id, password_hash=new, at=None, replacing=found.password_hash)
