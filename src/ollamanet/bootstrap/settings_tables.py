"""Reads settings that are arrays of tables; in the environment they are written as JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeGuard, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import NODEFAULT, Struct, inspect, structs

from ollamanet.bootstrap.settings_replica_tables import ReplicaTable

Table = TypeVar("Table", bound=ReplicaTable)


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake: where in the setting (`[0] port`, or empty for all of it), and what was expected there."""

    place: str
    expected: str


def table_kind(hint: object) -> type[ReplicaTable] | None:
    """The kind of the tables, if the setting is an array of tables."""
    while get_args(hint) and get_origin(hint) is not tuple:
        hint = get_args(hint)[0]
    first = next(iter(get_args(hint)), None)
    return first if isinstance(first, type) and issubclass(first, ReplicaTable) else None


def read_tables(raw: object, kind: type[Table], *, as_text: bool) -> tuple[tuple[Table, ...], list[Fault]]:
    """Read all tables.

    Args:
        raw: a text of the environment, or any TOML value.
        kind: what each of them is.
        as_text: `raw` is of the environment, so a text of JSON.

    Returns:
        The tables, and every mistake; with mistakes the tables are not all.
    """
    if as_text and isinstance(raw, str):
        try:
            raw = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeEncodeError):
            raw = None
    if not isinstance(raw, list) or not all(isinstance(each, dict) for each in raw):
        return (), [Fault("", "an array of tables, in the environment as JSON: [{...}, ...]")]
    tables: list[Table] = []
    faults: list[Fault] = []
    for index, each in enumerate(raw):
        found = list(_faults(each, kind))
        if not found:
            tables.append(msgspec.convert(each, kind))
            found = [Fault("", mistake)] if (mistake := tables[-1].mistake()) is not None else []
        faults += [Fault(f"[{index}]{fault.place and ' ' + fault.place}", fault.expected) for fault in found]
    return tuple(tables), faults


def _faults(raw: Mapping[str, Any], kind: type[Struct]) -> Iterator[Fault]:
    fields, hints = {item.name: item for item in structs.fields(kind)}, get_type_hints(kind, include_extras=True)
    for name in raw:
        if name not in fields:
            close = get_close_matches(name, fields, n=1)
            yield Fault(name, "a known key" + (f"; did you mean {close[0]}?" if close else ""))
    for name, item in fields.items():
        if name not in raw:
            if item.default is NODEFAULT and item.default_factory is NODEFAULT:
                yield Fault(name, _expectation(hints[name]))
            continue
        try:
            msgspec.convert(raw[name], hints[name])
        except (msgspec.ValidationError, UnicodeEncodeError):
            yield Fault(name, _expectation(hints[name]))


def _expectation(hint: object) -> str:
    kind = inspect.type_info(hint)
    options = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    match options[0]:
        case inspect.IntType(ge=low, le=high):
            return f"a whole number from {low} to {high}"
        case inspect.FloatType(gt=low, le=high):
            return f"a number over {low:g} up to {high:g}"
        case inspect.VarTupleType():
            return "a list of one or more texts"
        case inspect.DictType():
            return "a table of variables with texts"
        case _:
            return "a text"


def are_tables(value: object) -> TypeGuard[tuple[ReplicaTable, ...]]:
    """Whether a setting's value is one or more tables."""
    return isinstance(value, tuple) and bool(value) and all(isinstance(each, ReplicaTable) for each in value)


def is_masked(value: object) -> bool:
    """Whether tables have what is not shown."""
    return are_tables(value) and any(table.has_secrets for table in value)


def tables_text(tables: tuple[ReplicaTable, ...]) -> str:
    """Tables as one line of TOML, secrets masked."""
    return f"[{', '.join(_toml(table.masked()) for table in tables)}]"


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    return msgspec.json.encode(value).decode()
