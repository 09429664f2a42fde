"""One value of a setting: from what was written to what the program uses, or to what was expected instead."""

from pathlib import Path

import msgspec
from msgspec import inspect

from ollamanet.bootstrap.settings_origin import From


def parsed(raw: object, hint: object, origin: From, *, as_text: bool) -> object:
    """Read one value.

    Args:
        raw: a text of the environment, or any TOML value.
        hint: the annotated type of the field.
        origin: the field's origin, for its check and separator.
        as_text: `raw` is of the environment, where numbers and lists are text too.

    Raises:
        ValueError: it is not acceptable; the message says what was expected, never what was given.
    """
    kind = _kind(hint)
    if isinstance(raw, str) and isinstance(kind, inspect.LiteralType):
        raw = raw.lower()
    if as_text and isinstance(raw, str) and isinstance(kind, inspect.VarTupleType):
        raw = [part.strip() for part in raw.split(origin.separator) if part.strip()]
    try:
        value = msgspec.convert(raw, hint, strict=not as_text, dec_hook=_path)
    except (msgspec.ValidationError, UnicodeEncodeError):
        raise ValueError(expectation(hint, origin)) from None
    return _checked(value, origin)


def _checked(value: object, origin: From) -> object:
    if origin.check is None:
        return value
    if isinstance(value, str):
        return origin.check(value)
    if isinstance(value, tuple):
        checked = tuple(origin.check(part) for part in value)
        if len(set(checked)) < len(checked):
            raise ValueError("each of them once")
        return checked
    return value


def _path(kind: type, raw: object) -> object:
    # A question mark would end the path in the address of the SQLite file.
    if kind is Path and isinstance(raw, str) and raw and not {"?", "\0"} & set(raw):
        return Path(raw).expanduser()
    raise ValueError(f"{kind.__name__} expected")


def expectation(hint: object, origin: From) -> str:
    """What a value of the type looks like, in words."""
    match kind := _kind(hint):
        case inspect.IntType() | inspect.FloatType():
            words = ("a whole number" if isinstance(kind, inspect.IntType) else "a number") + _bounds(kind)
        case inspect.LiteralType(values=values):
            words = "one of " + ", ".join(str(value) for value in values)
        case inspect.StrType(pattern=str(), min_length=least):
            words = "printable ASCII text" + (f" of {least} characters or more" if least and least > 1 else "")
        case inspect.VarTupleType():
            words = f"a list of texts, in the environment separated by {origin.separator!r}"
        case inspect.CustomType(cls=cls) if cls is Path:
            words = "the path of a folder, without a question mark"
        case inspect.BoolType():
            words = "true or false"
        case _:
            words = "text"
    return words


def _bounds(kind: inspect.IntType | inspect.FloatType) -> str:
    low = f" over {kind.gt:g}" if kind.gt is not None else f" from {kind.ge}" if kind.ge is not None else ""
    return f"{low} up to {kind.le:g}" if kind.gt is not None else f"{low} to {kind.le}"


def _kind(hint: object) -> inspect.Type:
    """The type without its `| None` and without its notes."""
    kind = inspect.type_info(hint)
    while isinstance(kind, inspect.Metadata | inspect.UnionType):
        options = kind.types if isinstance(kind, inspect.UnionType) else (kind.type,)
        kind = next(option for option in options if not isinstance(option, inspect.NoneType))
    return kind
