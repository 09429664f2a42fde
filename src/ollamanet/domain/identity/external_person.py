"""Somebody as an identity provider knows him, and what he becomes here."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from ollamanet.domain.identity.names import USERNAME_LENGTHS, Username
from ollamanet.domain.identity.text import compatible
from ollamanet.domain.identity.user import Role
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.kernel.ids import UserId

_KEY_LENGTH: Final = 200
_STEM_LENGTH: Final = 48
_SHORTEST: Final = USERNAME_LENGTHS[0]


class ExternalRegistration(StrEnum):
    """What becomes of somebody whom the provider knows and who has no account: he gets one, or he does not."""

    ALLOWED = "allowed"
    LINKED_ONLY = "linked-only"


@dataclass(frozen=True, slots=True)
class ExternalPerson:
    """What the provider vouches for.

    Attributes:
        issuer: the provider.
        subject: its name for him, never given to anybody else.
        email: as it says; None where it does not.
        email_verified: whether it says that mail to the address reaches him.
        username: what he is called there, unchecked.
        groups: values of the claim that roles are mapped from; None where that claim is not there.
    """

    issuer: str
    subject: str
    email: str | None = None
    email_verified: bool = False
    username: str | None = None
    groups: frozenset[str] | None = None

    @property
    def key(self) -> str:
        """The subject in a form that every database tells apart from all others: some ignore case, some are short."""
        subject = self.subject
        plain = subject.isascii() and subject.isprintable() and " " not in subject and subject == subject.lower()
        if plain and len(subject) <= _KEY_LENGTH and not subject.startswith("sha256:"):
            return subject
        return f"sha256:{sha256(subject.encode()).hexdigest()}"

    def usernames(self, unique: str) -> Iterator[Username]:
        """Names for a new account, the nicest first; the last one is made of `unique` (letters and digits)."""
        stem = _stem(self.username) or _stem(self.email)
        texts = [stem, f"{stem}-2", f"{stem}-3", f"{stem}-{unique}"] if stem else []
        for text in (*texts, f"user-{unique}"):
            try:
                yield Username.parse(text)
            except InvalidRequest:
                continue


@dataclass(frozen=True, slots=True)
class ExternalIdentity:
    """That somebody's account at a provider is an account here; `subject` is `ExternalPerson.key`."""

    issuer: str
    subject: str
    user_id: UserId
    email: str
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class RoleMap:
    """Which roles follow from what the provider says.

    Attributes:
        roles: names of roles by values of the claim. These are the provider's to give and to take;
            all others stay with who has them.
    """

    roles: Mapping[str, str]

    def roles_of(self, person: ExternalPerson, current: Collection[str]) -> frozenset[str]:
        """The roles of somebody who has `current` (0..n) now: one at least.

        Where the provider did not send the claim at all, none is taken away: that is a mistake in its settings.
        """
        kept = frozenset(current)
        if person.groups is not None:
            given = {role for value, role in self.roles.items() if value in person.groups}
            kept = (kept - frozenset(self.roles.values())) | given
        return kept or frozenset({Role.USER.value})


def _stem(text: str | None) -> str:
    """What of a name can be one here; "" if too little."""
    usable = compatible((text or "").partition("@")[0][:_STEM_LENGTH])[:_STEM_LENGTH]
    stem = "".join(each if each.isalpha() or each.isdecimal() or each in "._-" else "-" for each in usable).strip("-._")
    return stem if len(stem) >= _SHORTEST else ""
