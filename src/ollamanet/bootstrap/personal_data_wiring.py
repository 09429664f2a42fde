"""What all modules keep of a person, as one thing for identity, which knows none of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from ollamanet.application.identity.administration_ports import PersonalData
from ollamanet.bootstrap.storage import Storage
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.conversations.sql_conversations_purge import SqlConversationsPurge
from ollamanet.infrastructure.inference.sql_usage_purge import SqlUsagePurge
from ollamanet.infrastructure.kernel.system_clock import UuidV7Ids


@dataclass(frozen=True, slots=True)
class DataOfModules:
    """A `PersonalData` of several."""

    parts: Sequence[PersonalData]

    async def purge(self, user_id: UserId) -> None:
        """Purge one after the other; what fails keeps the rest for the next time."""
        for part in self.parts:
            await part.purge(user_id)


def personal_data_of(storage: Storage) -> PersonalData:
    """All of it; a module that begins to keep something of people joins here."""
    return DataOfModules(
        [SqlConversationsPurge(storage.database, storage.writer), SqlUsagePurge(storage.database, UuidV7Ids())]
    )
