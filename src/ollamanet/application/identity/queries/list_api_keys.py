"""Which API keys does somebody have?"""

from dataclasses import dataclass

from ollamanet.application.identity.key_ports import ApiKeys
from ollamanet.application.identity.key_records import require_keys_of
from ollamanet.application.identity.ports import Users
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.identity.api_key import ApiKey
from ollamanet.domain.kernel.errors import NotFound
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
    users: Users

    async def __call__(self, query: ListApiKeys) -> Page[ApiKey]:
        """One page, empty past the end; expired keys are on it, revoked ones are not.

        Raises:
            Forbidden: the caller came with a key, or may not change the accounts of others.
            NotFound: there is no such account.
        """
        require_keys_of(query.actor, query.owner)
        if await self.users.find(query.owner) is None:
            raise NotFound("there is no such account")
        return await self.keys.list_of(query.owner, query.page)
