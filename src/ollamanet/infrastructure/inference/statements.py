"""The statements of inference."""

from typing import Final

from sqlalchemy import bindparam, delete, insert, select

from ollamanet.infrastructure.inference.tables import DrainedReplicaRow, ReplicaRow
from ollamanet.infrastructure.kernel.sql_base import table_of

_REPLICAS: Final = table_of(ReplicaRow)
_DRAINED: Final = table_of(DrainedReplicaRow)

INSERT_REPLICA: Final = insert(_REPLICAS)
DELETE_REPLICA: Final = delete(_REPLICAS).where(_REPLICAS.c.name == bindparam("replica"))
REPLICAS_BY_AGE: Final = select(_REPLICAS).order_by(_REPLICAS.c.created_at, _REPLICAS.c.id)

INSERT_DRAINED: Final = insert(_DRAINED)
DELETE_DRAINED: Final = delete(_DRAINED).where(_DRAINED.c.name == bindparam("replica"))
DRAINED_REPLICAS: Final = select(_DRAINED.c.name)
