"""A store of accounts in memory, with hands to put into it what others would."""

from datetime import timedelta

from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.memory_administered_users import MemoryAdministeredUsers
from tests.fakes.identity.memory_users import MemoryUsers

from ollamanet.domain.kernel.ids import UserId

HOUR = timedelta(hours=1)


class MemoryWorld:
    """Satisfies the `World` of the contract."""

    def __init__(self) -> None:
        self.users = MemoryUsers()
        self.accounts = MemoryAdministeredUsers(self.users)

    async def give(self, user_id: UserId, *, sessions: int = 0, over: int = 0, keys: int = 0, resets: int = 0) -> None:
        theirs = self.accounts.of(user_id)
        theirs.sessions += [NOON + HOUR] * sessions + [NOON - HOUR] * over
        theirs.keys += [NOON + HOUR] * keys + [NOON - HOUR] * over
        theirs.resets += resets

    async def fail(self, user_id: UserId, *, minutes: int) -> None:
        self.accounts.of(user_id).locked_until = NOON + timedelta(minutes=minutes)

    async def open_resets(self, user_id: UserId) -> int:
        return self.accounts.of(user_id).resets

    async def trail(self) -> list[tuple[str, str]]:
        return [(entry.action, entry.target) for entry in self.users.trail]
