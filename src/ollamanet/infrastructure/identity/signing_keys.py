"""The keys that sign access tokens: given by the settings, or made once and kept in the data folder."""

import hashlib
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

KEY_FILE: Final = Path("keys", "access-tokens.key")
SHORTEST: Final = 32

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class UnusableSigningKey(Exception):
    """The signing key cannot be used; the message says why and what to do, and never shows it."""


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
    def load(cls, data_dir: Path, given: str | None = None) -> Self:
        """The key of the settings when there is one, else the one in `data_dir`, made at the first start.

        Raises:
            UnusableSigningKey: too short, damaged, or open to other users of the machine.
            OSError: the data folder cannot be read or written.
        """
        if given is not None:
            return cls.of(given.encode())
        path = data_dir / KEY_FILE
        if not path.exists():
            _create(path)
        return cls.of(_read(path))

    @classmethod
    def of(cls, secret: bytes) -> Self:
        """One key, from a secret of 32 bytes or more.

        Raises:
            UnusableSigningKey: the secret is too short.
        """
        if len(secret) < SHORTEST:
            raise UnusableSigningKey(f"the signing key is {len(secret)} bytes long; it must have {SHORTEST} at least")
        # Derived, so that the secret may serve other ends too, and `kid` tells nothing that a token would not.
        key = hashlib.blake2b(secret, digest_size=32, person=b"access-tokens").digest()
        kid = hashlib.blake2b(key, digest_size=8, person=b"kid").hexdigest()
        return cls(kid, MappingProxyType({kid: key}))

    @property
    def current(self) -> bytes:
        """The key that signs now."""
        return self.secrets[self.kid]


def _create(path: Path) -> None:
    """Make the key file, whole or not at all; of two processes that start at once, the first one's stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(32).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if os.name == "posix" and mode & _OTHERS:
            raise UnusableSigningKey(
                f"{path} is open to other users (mode {mode:04o}); close it with: chmod 600 {path}"
            )
        secret = file.read(4096).strip()
    if len(secret) < SHORTEST:
        raise UnusableSigningKey(f"{path} is damaged; delete it, and a new key is made (everybody signs in again)")
    return secret
