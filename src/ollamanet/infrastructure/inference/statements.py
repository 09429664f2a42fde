"""Every statement of inference."""

from typing import Final

from sqlalchemy import bindparam, delete, insert, select, update

from ollamanet.infrastructure.inference.tables import DayUseRow, DrainedReplicaRow, LimitVersionRow, ReplicaRow
from ollamanet.infrastructure.kernel.sql_base import table_of

_versions: Final = table_of(LimitVersionRow)
_days: Final = table_of(DayUseRow)

LIMIT_VERSIONS: Final = select(_versions).order_by(_versions.c.number)

INSERT_LIMIT_VERSION: Final = insert(_versions)

# A bind parameter may not share its name with a column that is set.
CHANGE_LIMIT_VERSION: Final = (
    update(_versions)
    .where(_versions.c.number == bindparam("of_number"))
    .values(
        mode=bindparam("new_mode"),
        percent=bindparam("new_percent"),
        changed_at=bindparam("at"),
        changed_by=bindparam("by"),
        activated_at=bindparam("since"),
    )
)

USES_OF_DAY: Final = select(_days).where(_days.c.day == bindparam("of_day"))

INSERT_DAY_USE: Final = insert(_days)

ADD_TO_DAY_USE: Final = (
    update(_days)
    .where(
        _days.c.day == bindparam("of_day"),
        _days.c.user_id == bindparam("of_user"),
        _days.c.api_key == bindparam("of_key"),
    )
    .values(
        requests=_days.c.requests + bindparam("more_requests"),
        tokens=_days.c.tokens + bindparam("more_tokens"),
    )
)

_replicas: Final = table_of(ReplicaRow)
_drained: Final = table_of(DrainedReplicaRow)

INSERT_REPLICA: Final = insert(_replicas)
DELETE_REPLICA: Final = delete(_replicas).where(_replicas.c.name == bindparam("replica"))
REPLICAS_BY_AGE: Final = select(_replicas).order_by(_replicas.c.created_at, _replicas.c.id)

INSERT_DRAINED: Final = insert(_drained)
DELETE_DRAINED: Final = delete(_drained).where(_drained.c.name == bindparam("replica"))
DRAINED_REPLICAS: Final = select(_drained.c.name)
