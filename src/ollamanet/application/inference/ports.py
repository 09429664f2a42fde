"""What the inference module needs from the outside."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ollamanet.domain.kernel.chat import Priority, ReplyRequest
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.reply import Delta, Queued


class ReplicaStream(Protocol):
    """A reply on its way from a replica, in batches: all that one read from the network brought."""

    def __aiter__(self) -> AsyncIterator[Sequence[Delta]]:
        """Batches of one or more deltas; the last delta of all is a `Finished`.

        Raises:
            UpstreamError: the replica failed or broke off before a `Finished`.
            UpstreamTimeout: the time given to `open` is over, or the replica fell silent for too long.
        """
        ...

    async def aclose(self) -> None:
        """Close the connection if the reply is not over, which makes the replica stop at once; idempotent."""
        ...


class Replica(Protocol):
    """One Ollama daemon."""

    @property
    def name(self) -> str:
        """How people see it: its host and port, never credentials."""
        ...

    async def open(self, request: ReplyRequest, *, timeout: float) -> ReplicaStream:
        """Ask, and wait for the first piece of the answer (Ollama sends no header before it).

        Args:
            request: the prompt; its model, turns and sampling are sent.
            timeout: seconds (> 0) from now to the end of the whole reply.

        Raises:
            ModelNotFound: the replica does not have the model.
            InvalidRequest: the replica says that the request asks for what the model cannot do.
            PromptTooLarge: the replica says that the prompt does not fit.
            NoHealthyReplica: it cannot be reached, or is too busy to take the request.
            UpstreamError: it failed.
            UpstreamTimeout: no answer within the time.
        """
        ...


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model that a replica has.

    Attributes:
        name: as the replica lists it.
        capabilities: a subset of completion, tools, insert, vision, embedding, thinking, image, audio; may be empty.
        resident: it is loaded now.
    """

    name: ModelName
    capabilities: frozenset[str]
    resident: bool


class ModelDirectory(Protocol):
    """What the replicas have, at most a few seconds old."""

    async def find(self, name: ModelName) -> InstalledModel | None:
        """The model, names compared without regard to case; asks the replica again before it says None.

        Raises:
            NoHealthyReplica: no replica can be asked, and nothing is known from before.
        """
        ...

    def is_resident(self, name: ModelName) -> bool:
        """Whether the model is loaded, as far as was heard last; asks nobody."""
        ...

    async def first_chat_model(self) -> ModelName | None:
        """The first installed model that can chat, by name; None when there is none.

        Raises:
            NoHealthyReplica: as above.
        """
        ...


class Place(Protocol):
    """A place in the queue, then a slot; whoever has it gives it back with `leave`."""

    @property
    def granted(self) -> bool:
        """The place has become a slot."""
        ...

    def status(self) -> Queued:
        """Where it stands while it waits."""
        ...

    async def wait(self, timeout: float) -> bool:
        """Wait until the slot is granted, at most `timeout` seconds (> 0); whether it was."""
        ...

    def leave(self) -> None:
        """Give the place or slot back; idempotent, synchronous, safe in a cancelled task."""
        ...


class Admission(Protocol):
    """Who may run now, who waits, who is refused."""

    def enter(self, user: UserId, priority: Priority) -> Place:
        """Take a slot if one is free, else a place in the queue.

        Raises:
            QueueFull: as many wait as may; `retry_after` is predicted from measured rates.
            TooManyInFlight: the user has as many waiting and running as he may.
            ShuttingDown: no new work is taken.
        """
        ...
