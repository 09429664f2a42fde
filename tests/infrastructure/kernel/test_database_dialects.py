"""Every table and every statement is valid on the three databases, as far as can be told without a server."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Dialect,
    Executable,
    Integer,
    MetaData,
    Table,
    bindparam,
    exists,
    select,
    tuple_,
)
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable, DDLElement
from tests.infrastructure.known_statements import module_level_statements

from ollamanet.infrastructure.kernel.database_migrations import offline_sql
from ollamanet.infrastructure.kernel.sql_base import metadata
from ollamanet.infrastructure.kernel.sql_discovery import import_every

import_every("tables")
STATEMENTS = module_level_statements()
FOREIGN_TO_SQL_SERVER = {
    "a truth value compared with IS": re.compile(r"\bIS (NOT )?[01]\b"),
    "a truth value by itself": re.compile(r"\b(WHERE|AND|OR|NOT) [\w.]+( (AND|OR|ORDER)\b|\)|$)"),
    "EXISTS as a value": re.compile(r"SELECT \(?(NOT )?\(?EXISTS"),
    "a comparison as a value": re.compile(r"^SELECT (?:(?! FROM ).)*[^<>=] ?(=|<|>|!=|<=|>=) "),
    "an order of NULLs": re.compile(r"NULLS (FIRST|LAST)"),
    "tuples compared": re.compile(r"\([\w.]+, [\w.]+\) ?(=|<|>|<=|>=|IN)"),
    "rows numbered for want of OFFSET": re.compile(r"ROW_NUMBER"),
    "a part of a list in no order": re.compile(r"^(?!.*ORDER BY).*\b(TOP|FETCH)\b"),
}
# Tables that got more columns after their first revision: what they were made as is history.
WIDENED = {"users"}
MADE_WITH_CARE = {
    "LIMIT in no order": re.compile(r"^(?!.*ORDER BY).*\bLIMIT\b"),
    "a lock that is dropped": re.compile(r"FOR UPDATE"),
}


def sql_server() -> Dialect:
    dialect = make_url("mssql+aioodbc://").get_dialect()()
    # As it is set up once connected to SQL Server 2022.
    dialect.server_version_info = (16,)
    dialect._setup_version_attributes()
    return dialect


DIALECTS = {
    "sqlite": make_url("sqlite+aiosqlite://").get_dialect()(),
    "postgresql": make_url("postgresql+asyncpg://").get_dialect()(),
    "mssql": sql_server(),
}


def compiled(statement: Executable, dialect: str) -> str:
    return re.sub(r"\s+", " ", str(statement.compile(dialect=DIALECTS[dialect]))).strip()


def faults(statement: Executable) -> set[str]:
    """What would go wrong on one of the databases."""
    found = {fault for fault, pattern in FOREIGN_TO_SQL_SERVER.items() if pattern.search(compiled(statement, "mssql"))}
    elsewhere = (compiled(statement, "postgresql"), compiled(statement, "sqlite"))
    return found | {fault for fault, pattern in MADE_WITH_CARE.items() if any(map(pattern.search, elsewhere))}


def test_the_statements_of_every_module_are_found() -> None:
    modules = {name.split(".")[2] for name in STATEMENTS}

    assert {"kernel", "identity", "conversations"} <= modules


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_is_valid_on_every_database(name: str) -> None:
    assert faults(STATEMENTS[name]) == set()


def known_to_be_bad() -> Iterator[tuple[str, Executable]]:
    table = Table("t", MetaData(), Column("id", Integer), Column("flag", Boolean), Column("age", Integer))
    some = table.c.id == bindparam("some")
    yield "a truth value compared with IS", select(table.c.id).where(table.c.flag.is_(True))
    yield "EXISTS as a value", select(exists(select(table.c.id).where(some)))
    yield "a comparison as a value", select((table.c.age > 3).label("grown"))
    yield "an order of NULLs", select(table.c.id).order_by(table.c.age.nulls_last())
    yield "tuples compared", select(table.c.id).where(tuple_(table.c.id, table.c.age) > (1, 2))
    yield "a part of a list in no order", select(table.c.id).limit(5)
    yield "LIMIT in no order", select(table.c.id).limit(5)
    yield "a lock that is dropped", select(table.c.id).where(some).with_for_update()


@pytest.mark.parametrize(("fault", "statement"), list(known_to_be_bad()))
def test_a_statement_that_is_known_to_fail_somewhere_is_noticed(fault: str, statement: Executable) -> None:
    assert fault in faults(statement)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_migration_script_says_what_the_tables_say(dialect: str) -> None:
    script = re.sub(r"\s+", " ", offline_sql(dialect))
    wanted: list[DDLElement] = [CreateTable(table) for table in metadata.sorted_tables if table.name not in WIDENED]
    wanted += [CreateColumn(column) for name in WIDENED for column in metadata.tables[name].columns]
    wanted += [CreateIndex(index) for table in metadata.sorted_tables for index in table.indexes]

    missing = [
        str(ddl)
        for ddl in wanted
        if re.sub(r"\s+", " ", str(ddl.compile(dialect=DIALECTS[dialect]))).strip() not in script
    ]
    assert missing == []


def test_sql_server_keeps_every_letter_of_every_column() -> None:
    script = offline_sql("mssql").split("-- Running upgrade", 1)[1]

    assert re.findall(r"\s(?:VARCHAR|TEXT|NTEXT|CHAR)\b", script) == []
    assert "NVARCHAR(max)" in script
