"""The two names of an account, its email address and its user name, and the login that may be either."""

import re
from dataclasses import dataclass
from typing import Final, Self

from ollamanet.domain.identity.look_alikes import skeleton
from ollamanet.domain.identity.scripts import has_invisible, is_name_letter, require_one_script
from ollamanet.domain.identity.text import checked_text, compatible, folded
from ollamanet.domain.kernel.errors import InvalidRequest

EMAIL_LENGTH: Final = 254
USERNAME_LENGTHS: Final = (3, 64)

_LABEL: Final = r"[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?"
_DOMAIN: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_NOT_IN_LOCAL_PART: Final = frozenset(' "(),:;<>@[\\]')
_LOCAL_PART_LENGTH: Final = 64


@dataclass(frozen=True, slots=True)
class Email:
    """An email address as its owner writes it, in NFKC; `key` is what is unique.

    Attributes:
        text: 5 to 254 characters.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an address; whether mail arrives there is not known.

        Raises:
            InvalidRequest: it is not of the form `name@domain.tld`, is longer than 254 characters, or mixes scripts in
                its name or in a part of its domain.
        """
        address = _bounded("email", text, EMAIL_LENGTH)
        local, _, domain = address.rpartition("@")
        if has_invisible(address) or not _is_local_part(local) or _DOMAIN.fullmatch(domain) is None:
            raise InvalidRequest("email: expected an address like 'ada@example.org'")
        for part in (local, *domain.split(".")):
            require_one_script("email", part)
        return cls(address)

    @property
    def key(self) -> str:
        """The form in which two spellings of one address are equal; at most 254 characters."""
        return folded(self.text)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Username:
    """A user name as its owner writes it, in NFKC; `key` is what is unique. It never holds an `@`, an address always.

    Attributes:
        text: 3 to 64 letters and digits of one script, `.`, `_` and `-`.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a user name.

        Raises:
            InvalidRequest: it is too short, too long, has other characters, or mixes scripts.
        """
        shortest, longest = USERNAME_LENGTHS
        name = _bounded("username", text, longest)
        if len(name) < shortest or not all(map(_is_name_character, name)):
            raise InvalidRequest(f"username: expected {shortest} to {longest} letters, digits, '.', '_' or '-'")
        require_one_script("username", name)
        if len(skeleton(name)) > longest:
            raise InvalidRequest(f"username: expected at most {longest} characters")
        return cls(name)

    @property
    def key(self) -> str:
        """The form in which two spellings of one name, and names that look alike, are equal; at most 64 characters."""
        return skeleton(self.text)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Login:
    """What somebody signs in with: an email address or a user name, in the form of their keys."""

    key: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a login; one that no account can have is still a login, so that nothing is learned from it.

        Raises:
            InvalidRequest: it is empty, longer than any name, or holds a NUL or a lone surrogate.
        """
        if not text:
            raise InvalidRequest("login: expected an email address or a user name")
        name = _bounded("login", text, EMAIL_LENGTH)
        return cls(folded(name) if "@" in name else skeleton(name))

    @property
    def is_email(self) -> bool:
        """Whether it is compared with addresses, not with user names."""
        return "@" in self.key


def _bounded(field: str, text: str, longest: int) -> str:
    # The raw length comes first: normalising is the costly part, and a character may become eighteen.
    if len(text) <= longest:
        name = compatible(checked_text(field, text))
        if len(name) <= longest and len(folded(name)) <= longest:
            return name
    raise InvalidRequest(f"{field}: expected at most {longest} characters")


def _is_local_part(text: str) -> bool:
    return (
        0 < len(text) <= _LOCAL_PART_LENGTH
        and text.isprintable()
        and _NOT_IN_LOCAL_PART.isdisjoint(text)
        and not (text.startswith(".") or text.endswith(".") or ".." in text)
    )


def _is_name_character(character: str) -> bool:
    return is_name_letter(character) or character.isdecimal() or character in "._-"
