"""Which API keys does somebody have?"""

from dataclasses import dataclass

from ollamanet.application.identity.key_ports import ApiKeys
from ollamanet.application.identity.key_records import KeyAuthority
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.identity.api_key import ApiKey
from ollamanet.domain.kernel.ids import UserId


@dataclass(frozen=True, slots=True)
class ListApiKeys:
    """Asks for one page of the owner's keys, the newest first.

    Attributes:
        actor: who asks; None for whoever runs the command line.
    """

    actor: Actor | None
    owner: UserId
    page: PageRequest


@dataclass(frozen=True, slots=True)
class ListApiKeysHandler:
    """Lists keys, without their texts."""

    keys: ApiKeys
    authority: KeyAuthority

    async def __call__(self, query: ListApiKeys) -> Page[ApiKey]:
        """One page, empty past the end; expired keys are on it, revoked ones are not.

        Raises:
            Forbidden: the caller came with a key, or may not change this account.
            NotFound: there is no such account.
        """
        await self.authority.agent(query.actor, query.owner)
        return await self.keys.list_of(query.owner, query.page)
