"""Writes as values, and how those of many callers become few statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.sql.dml import UpdateBase

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.infrastructure.kernel.audit_log import append
from ollamanet.infrastructure.kernel.audit_statements import LOCK_HEAD


@dataclass(frozen=True, slots=True)
class Write:
    """One row to write.

    Attributes:
        statement: an INSERT, UPDATE or DELETE of a `statements` module; those that are the same object run together.
        parameters: its bind parameters by name; each use of one statement names the same ones.
    """

    statement: UpdateBase
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Group:
    """One statement and the rows it runs for, in order: 1..n."""

    statement: UpdateBase
    rows: list[Mapping[str, object]]


def merged(submissions: Iterable[Sequence[Write]]) -> list[Group]:
    """The fewest statements that do what the submissions ask for, one after the other.

    A write joins an earlier group of its statement only when it overtakes no other statement on its table, so that no
    row sees its changes in another order. It may overtake a parent's INSERT on another table: the foreign key then
    refuses the batch, and the submissions run one by one.
    """
    groups: list[Group] = []
    for submission in submissions:
        at = 0
        for write in submission:
            at = _place(groups, write.statement, at)
            groups[at].rows.append(write.parameters)
    return groups


def _place(groups: list[Group], statement: UpdateBase, first: int) -> int:
    """The index (>= `first`) of the group that the statement may join; a new one at the end if there is none."""
    for index in range(len(groups) - 1, first - 1, -1):
        if groups[index].statement is statement:
            return index
        if groups[index].statement.table is statement.table:
            break
    groups.append(Group(statement, []))
    return len(groups) - 1


def carry_out(submissions: Iterable[Sequence[Write]], entries: Sequence[AuditEntry], connection: Connection) -> None:
    """Do what the submissions ask for, and append to the audit trail, on a connection that is in a transaction."""
    if entries:
        # The head of the trail first, as everybody who appends to it: else two could wait crosswise.
        connection.execute(LOCK_HEAD)
    for group in merged(submissions):
        connection.execute(group.statement, group.rows)
    if entries:
        append(connection, entries)
