"""Knows every statement of the program, and notices those that are not known."""

from typing import Any

from sqlalchemy import Connection, Executable, event

from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.sql_discovery import import_every


def module_level_statements() -> dict[str, Executable]:
    """Every statement of every `statements` module, by its full name."""
    return {
        f"{module.__name__}.{name}": value
        for module in import_every("statements")
        for name, value in vars(module).items()
        if isinstance(value, Executable)
    }


def watch(database: Database, strangers: list[str]) -> None:
    """Collect the statements that reach the database and are not of a `statements` module."""
    known = {id(statement) for statement in module_level_statements().values()}

    def look(_connection: Connection, statement: Any, *_: object) -> None:
        if id(statement) not in known:
            strangers.append(str(statement))

    for engine in database.engines:
        event.listen(engine, "before_execute", look)
