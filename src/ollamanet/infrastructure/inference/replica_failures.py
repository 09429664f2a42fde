"""Which failures of a request speak against the replica."""

from typing import Final

from ollamanet.domain.inference.errors import (
    NoHealthyReplica,
    ReplicaBusy,
    ReplicaGarbled,
    ReplicaLost,
    ReplicaSilent,
    UpstreamError,
)
from ollamanet.domain.inference.replica_health import Failure
from ollamanet.domain.kernel.errors import Refusal

# A subclass stands before its base.
_FAILURES: Final[tuple[tuple[type[Refusal], Failure], ...]] = (
    (ReplicaBusy, Failure.BUSY),
    (NoHealthyReplica, Failure.UNREACHABLE),
    (ReplicaSilent, Failure.TIMEOUT),
    (ReplicaLost, Failure.LOST),
    (ReplicaGarbled, Failure.GARBLED),
    (UpstreamError, Failure.FAILED),
)


def failure_of(refusal: Refusal) -> Failure | None:
    """How the replica failed; None where it did not.

    It did not when the model is missing, the request is a mistake, or the request's own time was over.
    """
    return next((failure for kind, failure in _FAILURES if isinstance(refusal, kind)), None)
