"""The keys that sign access tokens, and where they come from: given by the settings, or kept in the data folder."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol, Self

from ollamanet.application.kernel.clock import Clock
from ollamanet.infrastructure.identity.key_files import KeyFolder, UnusableSigningKey

__all__ = ["FolderKeys", "GivenKeys", "KeySource", "SigningKeys", "UnusableSigningKey"]

SHORTEST: Final = 32
LOOKED_AT_EVERY: Final = 1.0
"""Seconds after which a key that was added or taken away is noticed, at the next use."""

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The key that signs, and all that verify.

    Attributes:
        kid: which of them signs now.
        secrets: by `kid`, 32 bytes each.
    """

    kid: str
    secrets: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def of(cls, secret: bytes, *older: bytes) -> Self:
        """From secrets of 32 bytes or more; the first one signs.

        Raises:
            UnusableSigningKey: a secret is too short.
        """
        keys = dict(map(_derived, (secret, *older)))
        return cls(next(iter(keys)), MappingProxyType(keys))

    @property
    def current(self) -> bytes:
        """The key that signs now."""
        return self.secrets[self.kid]


def _derived(secret: bytes) -> tuple[str, bytes]:
    if len(secret) < SHORTEST:
        raise UnusableSigningKey(f"the signing key is {len(secret)} bytes long; it must have {SHORTEST} at least")
    # Derived, so that the secret may serve other ends too, and `kid` tells nothing that a token would not.
    key = hashlib.blake2b(secret, digest_size=32, person=b"access-tokens").digest()
    return hashlib.blake2b(key, digest_size=8, person=b"kid").hexdigest(), key


class KeySource(Protocol):
    """Which keys there are."""

    def now(self) -> SigningKeys:
        """Those of this moment, or of a second ago."""
        ...

    def looked_up(self) -> SigningKeys:
        """Those of this very moment: somebody shows a token of a key that is not known."""
        ...


@dataclass(frozen=True, slots=True)
class GivenKeys:
    """Keys that stay as they are until the next start."""

    keys: SigningKeys

    def now(self) -> SigningKeys:
        """Always the same."""
        return self.keys

    def looked_up(self) -> SigningKeys:
        """Always the same."""
        return self.keys


@dataclass(slots=True)
class FolderKeys:
    """Keys of the data folder, made at the first start; `ollamanet keys rotate` adds to them while we run.

    Attributes:
        token_life: seconds that an access token is good for, and so a key that signs no longer.
    """

    folder: KeyFolder
    clock: Clock
    token_life: int = 900
    _keys: SigningKeys | None = field(default=None, init=False, repr=False)
    _names: Sequence[str] = field(default=(), init=False)
    _next_look: float = field(default=0.0, init=False)

    @classmethod
    def open(cls, data_dir: Path, clock: Clock, *, token_life: int = 900) -> Self:
        """Those in `data_dir`, made at the first start.

        Raises:
            UnusableSigningKey: one is too short, damaged, or open to other users of the machine.
            OSError: the data folder cannot be read or written.
        """
        folder = KeyFolder(data_dir)
        folder.make_first()
        keys = cls(folder, clock, token_life)
        keys.looked_up()
        return keys

    def now(self) -> SigningKeys:
        """Those of this moment, or of a second ago."""
        if self._keys is None or self.clock.monotonic() >= self._next_look:
            return self.looked_up()
        return self._keys

    def looked_up(self) -> SigningKeys:
        """Those of this moment.

        Raises:
            UnusableSigningKey: they cannot be used, and never could since we started.
        """
        self._next_look = self.clock.monotonic() + LOOKED_AT_EVERY
        try:
            names = self.folder.names(self.clock.now(), retired_for=self.token_life)
            if self._keys is None or names != self._names:
                self._keys = SigningKeys.of(*self.folder.read(names))
                self._names = names
        except (UnusableSigningKey, OSError) as error:
            if self._keys is None:
                raise
            # Somebody broke a file while we run: go on with what we have, and let the next start say so.
            _log.error("the signing keys cannot be read again: %s", error)
        return self._keys
