"""What a database error means: a refusal of the domain, a hiccup worth a retry, or a fault."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, IntegrityError

from ollamanet.domain.kernel.errors import Refusal

ConstraintRefusals = Mapping[str, Callable[[], Refusal]]
"""Which refusal a violated constraint stands for, by the constraint's name."""

# The first match counts: what follows in the text may be a value that a user chose.
_NAMED: Final = re.compile(r"""constraint ["'](?P<name>\w+)["']""")
_SQLITE_UNIQUE: Final = re.compile(r"UNIQUE constraint failed: (?P<columns>.+)")
_SQLITE_FOREIGN: Final = "FOREIGN KEY constraint failed"
_SQLITE_LOCKED: Final = ("database is locked", "database table is locked")
# Serialization failure and deadlock: PostgreSQL's 40001 and 40P01; SQL Server reports a deadlock as 40001.
_RETRYABLE_STATES: Final = frozenset({"40001", "40P01"})


@contextmanager
def refusals(table: ConstraintRefusals) -> Iterator[None]:
    """Raise what a violated constraint stands for; errors of constraints that are not in the table pass through."""
    try:
        yield
    except IntegrityError as error:
        make = table.get(_violated(str(error.orig), table))
        if make is None:
            raise
        raise make() from error


def _violated(text: str, table: ConstraintRefusals) -> str:
    """The name of the violated constraint, as the driver tells it, or as far as it can be inferred; "" if it cannot."""
    if (named := _NAMED.search(text)) is not None:
        return named["name"]
    # SQLite names the columns of a unique constraint, and says nothing at all of a foreign key.
    if (unique := _SQLITE_UNIQUE.search(text)) is not None:
        columns = [column.split(".") for column in unique["columns"].split(", ")]
        return "_".join(("uq", columns[0][0], *(column[-1] for column in columns)))
    foreign = [name for name in table if name.startswith("fk_")]
    return foreign[0] if _SQLITE_FOREIGN in text and len(foreign) == 1 else ""


def was_rolled_back(error: DBAPIError) -> bool:
    """Whether the server undid a transaction to let another one through: a deadlock, or a serialization failure."""
    state = getattr(error.orig, "sqlstate", None) or next(iter(getattr(error.orig, "args", ())), None)
    return state in _RETRYABLE_STATES


def is_transient(error: BaseException) -> bool:
    """Whether the same write may well succeed a moment later."""
    if isinstance(error, OSError):
        return True
    if not isinstance(error, DBAPIError) or isinstance(error, IntegrityError):
        return False
    text = str(error.orig)
    return error.connection_invalidated or was_rolled_back(error) or any(locked in text for locked in _SQLITE_LOCKED)
