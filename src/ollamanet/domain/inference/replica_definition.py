"""A replica that an administrator adds while the service runs."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

from ollamanet.domain.inference.replica_url import ReplicaUrl
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.kernel.model_name import ModelName

MOST_SLOTS: Final = 1024
MOST_WEIGHT: Final = 1000.0
MOST_MODELS: Final = 200
LONGEST_TOKEN: Final = 1000

# No capitals: not every database tells them apart. A colon marks the names that are made of an address.
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?")
_TOKEN: Final = re.compile(r"[!-~]+")


class ReplicaOrigin(StrEnum):
    """Who says that there is a replica."""

    CONFIGURED = "configured"
    ADDED = "added"
    """An administrator, while the service runs."""


@dataclass(frozen=True, slots=True)
class ReplicaDefinition:
    """What is known of a replica before it was ever asked.

    Attributes:
        name: what it is called; host, port and path where nobody named it.
        url: where it is.
        slots: requests that one loaded model serves at once, 1 to `MOST_SLOTS`.
        weight: its share of the work relative to others, over 0 up to `MOST_WEIGHT`.
        models: keys of the models that it may be asked for, sorted; none for all that it has.
        token: sent to it as a bearer token, or None.
    """

    name: ReplicaId
    url: ReplicaUrl
    slots: int = 1
    weight: float = 1.0
    models: tuple[str, ...] = ()
    token: str | None = field(default=None, repr=False)

    @classmethod
    def parse(
        cls,
        url: str,
        *,
        name: str | None = None,
        slots: int = 1,
        weight: float = 1.0,
        models: Iterable[str] = (),
        token: str | None = None,
    ) -> Self:
        """Check what was given.

        Raises:
            InvalidRequest: names the field and what was expected.
        """
        address = ReplicaUrl.parse(url)
        if name is not None and not _NAME.fullmatch(name):
            raise InvalidRequest("name: expected 1 to 63 of a-z, 0-9, `.`, `_`, `-`, a letter or digit at both ends")
        if not 1 <= slots <= MOST_SLOTS:
            raise InvalidRequest(f"slots: expected a whole number from 1 to {MOST_SLOTS}")
        if not 0 < weight <= MOST_WEIGHT:
            raise InvalidRequest(f"weight: expected a number over 0 up to {MOST_WEIGHT:g}")
        keys = tuple(sorted({ModelName.parse(model).key for model in models}))
        if len(keys) > MOST_MODELS:
            raise InvalidRequest(f"models: expected at most {MOST_MODELS}")
        if token is not None and not (len(token) <= LONGEST_TOKEN and _TOKEN.fullmatch(token)):
            raise InvalidRequest(f"token: expected 1 to {LONGEST_TOKEN} printable ASCII characters without spaces")
        return cls(ReplicaId(name or f"{address.name}{address.path}"), address, slots, float(weight), keys, token)


def path_id(replica: ReplicaId) -> str:
    """The name as one segment of a path: what is called by its address may have slashes in it."""
    return replica.replace("/", "~")
