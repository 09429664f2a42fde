"""The `users` commands over an account store in memory; as a program, they are run on a terminal by a test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.fakes.identity.admin_desk import AdminDesk

from ollamanet.interfaces.identity.cli import users


class MemoryIdentity:
    """Both the context of the commands and the use cases that it opens."""

    def __init__(self) -> None:
        self.desk = AdminDesk()
        self.users, self.user_admin = self.desk.users, self.desk.cases
        self.opened = self.closed = 0

    @asynccontextmanager
    async def identity(self) -> AsyncIterator["MemoryIdentity"]:
        self.opened += 1
        try:
            yield self
        finally:
            self.closed += 1


if __name__ == "__main__":
    users(obj=MemoryIdentity())
