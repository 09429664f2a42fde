"""What is known of a setting besides its type: its names, its meaning, how its text is checked, what may be shown."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Final, get_args, get_origin, get_type_hints

from msgspec import Struct, structs

CONFIG_VARIABLE: Final = "OLLAMANET_CONFIG"
"""Names the TOML file; the one variable of ours that is not a setting."""
_MASK: Final = "***"


@dataclass(frozen=True, slots=True)
class From:
    """Where a setting comes from and what people are told about it; stands in the `Annotated` of its field.

    Attributes:
        variable: the environment variable that sets it.
        meaning: one line for the configuration table.
        also: other variables that set it, read in this order where `variable` is not set.
        default: how the table states the default where the value itself says too little.
        check: normalises a text, or each text of a list; raises ValueError that says what was expected.
        separator: between the parts of a list in the environment.
        secret: never shown, whole or in part.
        credentials: a URL that may carry a password, shown without it.
        reserved: accepted and checked, but nothing reads it yet.
    """

    variable: str
    meaning: str
    also: tuple[str, ...] = field(default=(), kw_only=True)
    default: str | None = field(default=None, kw_only=True)
    check: Callable[[str], str] | None = field(default=None, kw_only=True)
    separator: str = field(default=";", kw_only=True)
    secret: bool = field(default=False, kw_only=True)
    credentials: bool = field(default=False, kw_only=True)
    reserved: bool = field(default=False, kw_only=True)

    @property
    def variables(self) -> tuple[str, ...]:
        """Every environment variable that sets it, the strongest first."""
        return (self.variable, *self.also)

    def masked(self, value: object) -> object:
        """The value as people may see it: without secrets, and a URL without its password and query."""
        if value is None or not (self.secret or self.credentials):
            return value
        return _MASK if self.secret else without_credentials(str(value))


def without_credentials(url: str) -> str:
    """The URL, or what was meant to be one, with `***` for all that stands before its last `@` and after its `?`."""
    scheme, mark, rest = url.partition("://") if "://" in url else ("", "", url)
    _, at, address = rest.rpartition("@")
    address, question, _ = address.partition("?")
    return f"{scheme.rpartition('@')[2]}{mark}{at and _MASK + at}{address}{question and question + _MASK}"


class Concern(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The settings of one concern; printing it shows no secret."""

    def __repr__(self) -> str:
        shown = (f"{key}={origin.masked(getattr(self, key))!r}" for key, (_, origin) in described(type(self)).items())
        return f"{type(self).__name__}({', '.join(shown)})"


@cache
def described(concern: type[Concern]) -> dict[str, tuple[object, From]]:
    """The type and the origin of each field of a concern, in order."""
    hints = get_type_hints(concern, include_extras=True)
    return {item.name: (hints[item.name], _origin(hints[item.name])) for item in structs.fields(concern)}


def _origin(hint: object) -> From:
    if get_origin(hint) is Annotated:
        for note in get_args(hint)[1:]:
            if isinstance(note, From):
                return note
    raise TypeError(f"{hint} lacks its From")
