"""Password hashes by argon2id, in threads of their own: argon2 works outside the interpreter's lock."""

import asyncio
import secrets
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

import argon2
from argon2.exceptions import VerifyMismatchError

from ollamanet.domain.identity.errors import HashingBusy
from ollamanet.domain.identity.password import Password

Result = TypeVar("Result")

_BUSY_PAUSE: Final = 2.0


@dataclass(frozen=True, slots=True)
class Argon2Parameters:
    """How hard a hash is; the defaults are OWASP's for argon2id.

    Attributes:
        memory_kib: KiB of memory that one hash fills, >= 8 a lane.
        time_cost: passes over that memory, >= 1.
        parallelism: lanes, >= 1.
    """

    memory_kib: int = 19_456
    time_cost: int = 2
    parallelism: int = 1

    def __post_init__(self) -> None:
        if min(self.time_cost, self.parallelism) < 1 or self.memory_kib < 8 * self.parallelism:
            raise ValueError(f"argon2 needs one pass, one lane and 8 KiB a lane at least, not {self}")

    def hasher(self) -> argon2.PasswordHasher:
        """Argon2id with these parameters, 16 bytes of salt and 32 of hash."""
        return argon2.PasswordHasher(
            time_cost=self.time_cost, memory_cost=self.memory_kib, parallelism=self.parallelism, type=argon2.Type.ID
        )


class Argon2Hasher:
    """A `PasswordHasher` that runs `workers` hashes at once at most; the others wait without holding memory.

    So many may wait that the last one hears within seconds: 128 are done in 4 s, at 60 ms each.
    """

    def __init__(self, hasher: argon2.PasswordHasher, *, workers: int = 2, waiting: int = 128) -> None:
        self._room = workers + waiting
        self._hasher = hasher
        self._nobody = _hash_of_nobody(hasher)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="argon2")

    async def hash(self, password: Password) -> str:
        """A hash in the PHC format, with its salt and parameters."""
        return await self._in_thread(self._hasher.hash, password.secret)

    async def verify(self, password: Password, against: str | None) -> bool:
        """Whether the password is the hashed one; None takes as long as a hash of today's parameters.

        Raises:
            argon2.exceptions.InvalidHashError: what is stored is no hash.
            HashingBusy: too many wait already.
        """
        try:
            await self._in_thread(self._hasher.verify, against or self._nobody, password.secret)
        except VerifyMismatchError:
            return False
        return against is not None

    def outdated(self, password_hash: str) -> bool:
        """Whether it was made with other parameters than this hasher's."""
        return self._hasher.check_needs_rehash(password_hash)

    def close(self) -> None:
        """Drop what waits and let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, work: Callable[..., Result], *texts: str) -> Result:
        if self._room == 0:
            raise HashingBusy("too many passwords wait to be checked", retry_after=_BUSY_PAUSE)
        self._room -= 1
        try:
            # A caller who goes away while his hash waits for a thread takes it out of the queue with him.
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *texts)
        finally:
            self._room += 1


def _hash_of_nobody(hasher: argon2.PasswordHasher) -> str:
    """A well-formed hash of no known password, of the same cost as real ones; made without computing one."""
    parameters = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, digest = (
        b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (hasher.salt_len, hasher.hash_len)
    )
    return f"$argon2id$v=19${parameters}${salt}${digest}"
