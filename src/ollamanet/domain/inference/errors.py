"""Why no reply can be had, or not all of it.

Refusal
├── ModelNotFound        MISSING      model_not_found       no replica has it
├── CloudModelForbidden  FORBIDDEN    forbidden             it would leave the house
├── QueueFull            UNAVAILABLE  queue_full
├── QueueTimeout         TIMEOUT      queue_timeout         waited too long for a slot
├── DeadlineUnmeetable   UNAVAILABLE  deadline_unmeetable   the wait alone would be too long
├── TooManyInFlight      EXHAUSTED    too_many_in_flight    the caller's own limit
├── RateLimited          EXHAUSTED    rate_limited          the caller's minute is used up
├── QuotaExceeded        EXHAUSTED    quota_exceeded        the caller's day is used up
├── NoHealthyReplica     UNAVAILABLE  no_healthy_replica    it cannot be reached, or is too busy to take work
│   └── ReplicaBusy      it says so itself
├── UpstreamTimeout      TIMEOUT      upstream_timeout      the request's time was over
│   └── ReplicaSilent    the replica's was: nothing came for as long as it may be silent
└── UpstreamError        UPSTREAM     upstream_error        the replica failed; its subclasses say how
    ├── ReplicaLost      the connection broke, or ended before the reply did
    ├── ReplicaFailed    the replica said so itself (load failure, out of memory, an error line)
    └── ReplicaGarbled   what it sent is not Ollama's protocol
"""

from ollamanet.domain.kernel.errors import Forbidden, Kind, NoRoom, Refusal, TooOften
from ollamanet.domain.kernel.model_name import ModelName


class ModelNotFound(Refusal):
    """No replica has the model."""

    kind, code, title = Kind.MISSING, "model_not_found", "No such model"


class CloudModelForbidden(Forbidden):
    """The model is Ollama's cloud, and what is said here is not to leave the house."""

    def __init__(self, model: ModelName) -> None:
        super().__init__(f"model: '{model}' runs in Ollama's cloud, and this service answers with its own models only")


class QueueFull(NoRoom):
    """As many requests wait as the queue holds."""

    title = "The queue is full"


class QueueTimeout(Refusal):
    """The request waited for a slot as long as it may."""

    kind, code, title = Kind.TIMEOUT, "queue_timeout", "No slot became free in time"


class DeadlineUnmeetable(Refusal):
    """By what is known now, the request would not be done in the time it has."""

    kind, code, title = Kind.UNAVAILABLE, "deadline_unmeetable", "It would take too long"


class TooManyInFlight(Refusal):
    """The caller already has as many requests waiting and running as he may."""

    kind, code, title = Kind.EXHAUSTED, "too_many_in_flight", "Too many requests at once"


class NoHealthyReplica(Refusal):
    """No replica can take the request now."""

    kind, code, title = Kind.UNAVAILABLE, "no_healthy_replica", "No replica is available"


class ReplicaBusy(NoHealthyReplica):
    """The replica can be reached, and says that it takes no more work."""


class UpstreamTimeout(Refusal):
    """The replica did not answer, or not go on, in time."""

    kind, code, title = Kind.TIMEOUT, "upstream_timeout", "The model took too long"


class ReplicaSilent(UpstreamTimeout):
    """The replica sent nothing for as long as it may be silent, whatever time the request had."""


class UpstreamError(Refusal):
    """The replica failed."""

    kind, code, title = Kind.UPSTREAM, "upstream_error", "The model failed"


class ReplicaLost(UpstreamError):
    """The connection to the replica broke, or ended before the reply did."""


class ReplicaFailed(UpstreamError):
    """The replica reported a failure of its own."""


class ReplicaGarbled(UpstreamError):
    """The replica sent what is not Ollama's protocol."""


class RateLimited(TooOften):
    """The caller has used up what he may have in a minute."""


class QuotaExceeded(Refusal):
    """The caller has used up what he may have in a day."""

    kind, code, title = Kind.EXHAUSTED, "quota_exceeded", "The day's tokens are used up"
