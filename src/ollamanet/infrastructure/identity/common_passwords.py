"""The bundled list of common passwords, read when the first new password comes."""

import asyncio
from collections.abc import Collection
from functools import cache
from importlib.resources import files


class BundledCommonPasswords:
    """A `CommonPasswords` from the file in the package: whole passwords, and the words that most others are made of."""

    async def listed(self) -> Collection[str]:
        """All of them, folded, without separators; the file is read once in a process, in a thread."""
        return await asyncio.to_thread(read_common_passwords)


@cache
def read_common_passwords() -> frozenset[str]:
    """What the file has, one a line, 4 characters at least."""
    text = files(__package__).joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.split())
