"""The ports behind a reply, as plain as can be: they keep account of what they were told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.fakes.inference.scripted_replica import ScriptedReplica, ScriptedStream

from ollamanet.domain.inference.errors import NoHealthyReplica, TooManyInFlight
from ollamanet.domain.inference.model_profile import ModelProfile
from ollamanet.domain.inference.reply_record import ReplyRecord
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.chat import ReplyRequest, Turn
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.token_estimate import estimate_turn


@dataclass
class CountedQuota:
    """Lets so many requests in at once, whoever's they are.

    Attributes:
        settled: what was taken in the end, in the order of the ends.
    """

    room: int = 1_000_000
    open: int = 0
    reserved: list[int] = field(default_factory=list)
    settled: list[int | None] = field(default_factory=list)
    weights: Mapping[UserId, float] = field(default_factory=dict)

    def reserve(self, request: ReplyRequest, *, tokens: int) -> "CountedReservation":
        if self.open >= self.room:
            raise TooManyInFlight(f"{self.open} of {request.user}", retry_after=1.0)
        self.open += 1
        self.reserved.append(tokens)
        return CountedReservation(self, weight=self.weights.get(request.user, 1.0))


@dataclass
class CountedReservation:
    """Settled once."""

    quota: CountedQuota
    over: bool = False
    weight: float = 1.0

    def settle(self, tokens: int | None) -> None:
        if not self.over:
            self.over = True
            self.quota.open -= 1
            self.quota.settled.append(tokens)


@dataclass
class NotedReplies:
    """A meter that remembers everything."""

    refusals: list[str] = field(default_factory=list)
    records: list[ReplyRecord] = field(default_factory=list)

    def refused(self, request: ReplyRequest, code: str) -> None:
        assert request.model
        self.refusals.append(code)

    def ended(self, record: ReplyRecord) -> None:
        self.records.append(record)


@dataclass
class PlainEstimates:
    """Estimates every model alike, and remembers what it could have learned."""

    learned: list[tuple[str, int, int]] = field(default_factory=list)

    def counter(self, model: ModelName) -> Callable[[Turn], int]:
        assert model
        return estimate_turn

    def overhead(self, model: ModelName) -> int:
        assert model
        return 0

    def least(self, model: ModelName, estimated: int) -> int:
        assert model
        return estimated // 10

    def learn(self, model: ModelName, *, estimated: int, measured: int) -> None:
        self.learned.append((str(model), estimated, measured))


@dataclass(frozen=True)
class OneProfile:
    """The same for every model."""

    profile: ModelProfile = field(default_factory=ModelProfile)

    def of(self, model: ModelName) -> ModelProfile:
        assert model
        return self.profile


@dataclass
class ScriptedReplicas:
    """A pool of scripted replicas by name.

    Attributes:
        failures: what was reported of streams that broke, by replica.
        closed: called with the name of a replica that does not take a request.
    """

    replicas: Mapping[str, ScriptedReplica]
    failures: list[tuple[str, Refusal]] = field(default_factory=list)
    closed: Callable[[ReplicaId], None] = field(default=lambda _: None)

    @classmethod
    def of(cls, *replicas: ScriptedReplica) -> "ScriptedReplicas":
        return cls({replica.name: replica for replica in replicas})

    async def open(self, replica: ReplicaId, request: ReplyRequest, *, timeout: float) -> ScriptedStream:
        if replica not in self.replicas:
            raise NoHealthyReplica(f"{replica} was removed")
        try:
            return await self.replicas[replica].open(request, timeout=timeout)
        except NoHealthyReplica:
            self.closed(replica)
            raise

    def failed(self, replica: ReplicaId, request: ReplyRequest, failure: Refusal) -> None:
        self.failures.append((replica, failure))
