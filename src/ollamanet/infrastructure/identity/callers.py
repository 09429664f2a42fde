"""Who is asking: every token of every kind, looked up at most once in 5 s, and once for all who ask meanwhile."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from ollamanet.application.identity.ports import CallerSource
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.kernel.errors import Unauthenticated
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.identity.refused_tokens import RefusedTokens
from ollamanet.infrastructure.identity.verified_tokens import VerifiedTokens

KEY_PREFIX: Final = "onk_"
LONGEST: Final = 4096
"""Characters of a token; longer ones are neither looked at nor remembered."""


@dataclass(slots=True)
class Callers:
    """A `TokenVerifier` and a `CallerCache`; for the event loop only, not for threads.

    Attributes:
        access_tokens: tells of JSON Web Tokens.
        api_keys: tells of tokens that begin with `onk_`; without it there are none.
    """

    access_tokens: CallerSource
    clock: Clock
    api_keys: CallerSource | None = None
    verified: VerifiedTokens = field(init=False)
    refused: RefusedTokens = field(init=False)
    _asked: dict[str, asyncio.Task[Actor]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """Begin with nothing."""
        self.verified, self.refused = VerifiedTokens(self.clock), RefusedTokens(self.clock)

    def known(self, token: str) -> Actor | None:
        """Whose token it is, if it was verified within the last 5 s; about a microsecond."""
        return self.verified.get(token)

    async def verify(self, token: str) -> Actor:
        """Whose token it is.

        Raises:
            TokenExpired: it was good, and its time is over.
            Unauthenticated: it is none of ours, was revoked, or its account may not be used.
            StorageUnavailable: nobody knows at the moment.
        """
        if (actor := self.known(token)) is not None:
            return actor
        if len(token) > LONGEST or not token.isascii():
            raise Unauthenticated("the token is malformed")
        self.refused.check(token)
        task = self._asked.get(token)
        if task is None:
            task = self._asked[token] = asyncio.create_task(self._identified(token), name="identify")
            task.add_done_callback(_heard)
        # One who leaves does not take the answer from the others.
        return await asyncio.shield(task)

    def forget(self, user_id: UserId) -> None:
        """Look at the account anew; what is being read now may be older than its change, and is not kept."""
        self.verified.forget(user_id)
        self._drop_answers_on_their_way()

    def forget_everyone(self) -> None:
        """Look at all accounts anew."""
        self.verified.clear()
        self._drop_answers_on_their_way()

    def _drop_answers_on_their_way(self) -> None:
        self._asked.clear()
        self.refused.clear()

    async def _identified(self, token: str) -> Actor:
        task = asyncio.current_task()
        try:
            found = await self._source(token).identify(token)
            if self._asked.get(token) is task:
                self.verified.put(token, found.actor, expires_in=found.expires_in)
        except Unauthenticated as refusal:
            if self._asked.get(token) is task:
                self.refused.put(token, refusal)
            raise
        finally:
            if self._asked.get(token) is task:
                del self._asked[token]
        return found.actor

    def _source(self, token: str) -> CallerSource:
        if not token.startswith(KEY_PREFIX):
            return self.access_tokens
        if self.api_keys is None:
            raise Unauthenticated("the API key is not valid")
        return self.api_keys


def _heard(task: asyncio.Task[Actor]) -> None:
    """Everybody who asked may have left: an answer that nobody hears is no fault."""
    if not task.cancelled():
        task.exception()
