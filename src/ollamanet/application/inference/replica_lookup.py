"""Finding the replica that a caller names."""

from ollamanet.application.inference.replica_ports import ReplicaPool, ReplicaStatus
from ollamanet.domain.inference.replica_definition import path_id
from ollamanet.domain.kernel.errors import NotFound


def named(pool: ReplicaPool, name: str) -> ReplicaStatus:
    """The replica of that name, or with that name as one segment of a path.

    Raises:
        NotFound: there is none.
    """
    for status in pool.statuses():
        if name in {status.id, path_id(status.id)}:
            return status
    raise NotFound("there is no such replica")
