"""What the inference module needs from the outside."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from ollamanet.domain.inference.capacity import Health, ReplicaSpec
from ollamanet.domain.inference.model_profile import ModelProfile
from ollamanet.domain.inference.reply_record import ReplyRecord
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.chat import ReplyRequest, Turn
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.reply import Delta


class ReplicaStream(Protocol):
    """A reply on its way from a replica, in batches: all that one read from the network brought."""

    def __aiter__(self) -> AsyncIterator[Sequence[Delta]]:
        """Batches of one or more deltas; the last delta of all is a `Finished`.

        Raises:
            UpstreamError: the replica failed or broke off before a `Finished`.
            UpstreamTimeout: the time given to `open` is over, or the replica fell silent for too long.
        """
        ...

    def cut(self, why: str) -> None:
        """Let it fail with `ReplicaLost` after what came until now, whoever iterates it; nothing if it is over.

        Args:
            why: in words for whoever asked.
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
        context_length: tokens that it was trained with; None while that is not known.
    """

    name: ModelName
    capabilities: frozenset[str]
    resident: bool
    context_length: int | None = None


class ModelDirectory(Protocol):
    """What the replicas have, at most a few seconds old."""

    async def find(self, name: ModelName) -> InstalledModel | None:
        """The model, names compared without regard to case; asks the replica again before it says None.

        Raises:
            CloudModelForbidden: Ollama would forward it to its cloud, and that is not allowed.
            NoHealthyReplica: no replica can be asked, and nothing is known from before.
        """
        ...

    async def first_chat_model(self, allowed: Collection[str] | None = None) -> ModelName | None:
        """The first installed model that can chat, by name; None when there is none.

        Args:
            allowed: keys of the models (`ModelName.key`) that are looked at; None for all.

        Raises:
            NoHealthyReplica: as above.
        """
        ...


class Reservation(Protocol):
    """What a request may take of its user's limits; whoever has it settles it once the request is over."""

    @property
    def weight(self) -> float:
        """The user's share of the replicas relative to that of others, > 0."""
        ...

    def settle(self, tokens: int | None) -> None:
        """Give back what was reserved and charge what was taken.

        Args:
            tokens: prompt and answer as measured, >= 0; None when nothing reached a replica.

        Idempotent: the first call counts. Synchronous, safe in a cancelled task.
        """
        ...


class Quota(Protocol):
    """The limits of users and of their API keys: requests at once and per minute, tokens per minute and per day."""

    def reserve(self, request: ReplyRequest, *, tokens: int) -> Reservation:
        """Take one request and the tokens that it is expected to need (>= 1) off what the user and the key may have.

        Raises:
            TooManyInFlight: as many of them wait and run as may.
            RateLimited: the limit of the minute is used up; `retry_after` says when there is room.
            QuotaExceeded: the day's tokens are used up; as above.
        """
        ...


class ReplyMeter(Protocol):
    """Counts and times replies; never raises."""

    def refused(self, request: ReplyRequest, code: str) -> None:
        """The request got no place."""
        ...

    def ended(self, record: ReplyRecord) -> None:
        """A request that had a place is over, however it ended."""
        ...


class TokenEstimates(Protocol):
    """What prompts are likely to cost a model, learned from what they did cost."""

    def counter(self, model: ModelName) -> Callable[[Turn], int]:
        """Tokens of a turn for this model, template overhead included; errs high; cheap enough for each request."""
        ...

    def overhead(self, model: ModelName) -> int:
        """Tokens (>= 0) that a prompt costs this model on top of its turns, once; errs high."""
        ...

    def least(self, model: ModelName, estimated: int) -> int:
        """Tokens (>= 0) that a prompt of that estimate costs, except for few that cost less still."""
        ...

    def learn(self, model: ModelName, *, estimated: int, measured: int) -> None:
        """A prompt of text that was estimated at so many tokens, overhead included, cost so many; any number goes."""
        ...


class ModelProfiles(Protocol):
    """How each model is to be run."""

    def of(self, model: ModelName) -> ModelProfile:
        """The profile of the model, or the default one."""
        ...


class Replicas(Protocol):
    """The pool of replicas, as the one who has a lease on one of them sees it."""

    async def open(self, replica: ReplicaId, request: ReplyRequest, *, timeout: float) -> ReplicaStream:
        """As `Replica.open`, on the replica of that name, with the options that the model's profile pins.

        How it went is noted for the replica's health: success with the time to the first piece, failure by its kind.

        Raises:
            NoHealthyReplica: it was removed meanwhile; else as `Replica.open`.
        """
        ...

    def failed(self, replica: ReplicaId, request: ReplyRequest, failure: Refusal) -> None:
        """A stream that `open` gave out for a request failed later."""
        ...


class ReplicaSink(Protocol):
    """Who decides by what is known about the replicas: the scheduler; the methods return at once and never raise."""

    def put_replica(self, spec: ReplicaSpec, health: Health) -> None:
        """A replica is there, or is another than it was."""
        ...

    def remove_replica(self, replica: ReplicaId) -> None:
        """A replica gets no more work; what it has may end."""
        ...

    def health_changed(self, replica: ReplicaId, health: Health) -> None:
        """Its state is another."""
        ...

    def loaded_changed(self, replica: ReplicaId, models: Collection[str]) -> None:
        """It said which models (`ModelName.key`) it has in memory."""
        ...
