"""What a role may be called."""

from typing import Final

from ollamanet.domain.identity.text import checked_text, compatible, folded
from ollamanet.domain.kernel.errors import InvalidRequest

NAME_LENGTH: Final = 64
DESCRIPTION_LENGTH: Final = 500
_PUNCTUATION: Final = frozenset(" ._-")


def role_name(text: str) -> str:
    """Read the name of a new role.

    Raises:
        InvalidRequest: it is empty, longer than 64 characters, or has others than letters, digits, spaces and `._-`.
    """
    if len(text) <= NAME_LENGTH:
        name = compatible(checked_text("name", text))
        plain = name == name.strip() and all(each.isalnum() or each in _PUNCTUATION for each in name)
        if name and plain and max(map(_units, (name, folded(name)))) <= NAME_LENGTH:
            return name
    raise InvalidRequest(f"name: expected 1 to {NAME_LENGTH} letters, digits, spaces, '.', '_' or '-'")


def role_description(text: str) -> str:
    """Read what a role is for.

    Raises:
        InvalidRequest: it is longer than 500 characters, or cannot be stored everywhere.
    """
    if _units(checked_text("description", text)) > DESCRIPTION_LENGTH:
        raise InvalidRequest(f"description: expected at most {DESCRIPTION_LENGTH} characters")
    return text


def _units(text: str) -> int:
    # As SQL Server counts: a character beyond the first 65,536 is two.
    return len(text.encode("utf-16-le")) // 2
