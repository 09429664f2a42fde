"""What all replicas together have."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Final

from ollamanet.application.inference.ports import InstalledModel
from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.errors import NoHealthyReplica
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.inference.ollama_errors import RETRY_AFTER
from ollamanet.infrastructure.inference.replica_member import ReplicaMember

_OUT_OF_SERVICE: Final = frozenset({Health.DOWN, Health.OPEN})
_GRACE: Final = 0.3
"""Seconds for which a question about all models waits for the others once one replica has answered."""


class ReplicaDirectory:
    """Satisfies `ModelDirectory`; no answer waits for a replica that is known to be down.

    Args:
        members: the replicas there are now.
    """

    def __init__(self, members: Callable[[], Sequence[ReplicaMember]]) -> None:
        self._members: Final = members

    async def find(self, name: ModelName) -> InstalledModel | None:
        """As `ModelDirectory.find`."""
        found = self._known(name.key)
        if found is not None:
            self._refresh()
            return found
        await self._ask_until(lambda: self._known(name.key) is not None)
        self._require_knowledge()
        return self._known(name.key)

    def trained(self, name: ModelName) -> int | None:
        """Tokens that a model was trained with, as far as is known now."""
        found = self._known(name.key)
        return None if found is None else found.context_length

    async def first_chat_model(self, allowed: Collection[str] | None = None) -> ModelName | None:
        """As `ModelDirectory.first_chat_model`."""
        # What is known is good enough, as long as it is refreshed.
        if not self._anything_known():
            await self._ask_until(self._anything_known, grace=_GRACE)
        self._refresh()
        self._require_knowledge()
        listed = [each for member in self._members() for each in member.listed().values()]
        chatting = [each.installed.name for each in listed if each.chats]
        if allowed is not None:
            chatting = [name for name in chatting if name.key in allowed]
        return min(chatting, key=lambda name: name.key, default=None)

    def _known(self, key: str) -> InstalledModel | None:
        """One replica's word for it, the one that has it loaded, or else one that takes work."""
        found = [(member, model) for member in self._members() if (model := member.installed(key)) is not None]
        if len(found) <= 1:
            return found[0][1] if found else None
        best = min(found, key=lambda each: (each[0].verdict.health in _OUT_OF_SERVICE, not each[1].resident))[1]
        resident = any(model.resident for _, model in found)
        return best if best.resident is resident else replace(best, resident=resident)

    def _anything_known(self) -> bool:
        return any(member.models.known is not None for member in self._members())

    def _refresh(self) -> None:
        for member in self._members():
            if member.verdict.health not in _OUT_OF_SERVICE:
                member.models.refresh()

    async def _ask_until(self, satisfied: Callable[[], bool], *, grace: float = 0.0) -> None:
        """Ask the replicas at once, and wait until one's answer satisfies, or all have answered.

        Those that are out of service are waited for only if there are no others.
        """
        askable = [member for member in self._members() if member.models.may_ask]
        working = [member for member in askable if member.verdict.health not in _OUT_OF_SERVICE]
        asked = working if working or self._anything_known() else askable
        waiting = {task for member in asked if (task := member.models.begin()) is not None}
        while waiting and not satisfied():
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if not task.cancelled():
                    task.result()
        if waiting and grace:
            await asyncio.wait(waiting, timeout=grace)

    def _require_knowledge(self) -> None:
        if self._anything_known():
            return
        members = self._members()
        reasons = [str(member.models.refusal.detail) for member in members if member.models.refusal is not None]
        detail = "; ".join(dict.fromkeys(reasons)) or "no replica has been heard of yet"
        pauses = [member.watch.retry_after() for member in members]
        raise NoHealthyReplica(detail, retry_after=min(pauses, default=RETRY_AFTER))
