"""Files of signing keys: each key one file, named after the moment it was made; the newest signs."""

import os
import re
import secrets
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

FIRST_KEY: Final = "access-tokens.key"
KEY_FILE: Final = Path("keys", FIRST_KEY)
SHORTEST: Final = 32

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_LATER_KEY: Final = re.compile(r"access-tokens-(?P<made>[0-9]{14})-[0-9a-f]{16}\.key")
_STILL_SIGNING: Final = 60.0
"""Seconds that another instance may go on to sign with the old key: it notices within one, its clock may be wrong."""


class UnusableSigningKey(Exception):
    """The signing key cannot be used; the message says why and what to do, and never shows it."""


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """The `keys` folder of a data folder."""

    data_dir: Path

    @property
    def path(self) -> Path:
        """Where the files are."""
        return self.data_dir / KEY_FILE.parent

    def make_first(self) -> None:
        """Make the first key where there is none; of two processes that start at once, the first one's stays."""
        if not self._all():
            _create(self.path / FIRST_KEY, new_secret())

    def names(self, at: datetime, *, retired_for: float) -> Sequence[str]:
        """The files of the keys that count, the one that signs first.

        Args:
            at: now.
            retired_for: seconds that a key still verifies after the next one was made.
        """
        found = self._all()
        until = (at.timestamp() - retired_for - _STILL_SIGNING) * 1000
        successors = zip(found, [None, *found], strict=False)
        return [name for name, successor in successors if successor is None or _made(successor) > until]

    def read(self, names: Sequence[str]) -> list[bytes]:
        """The secrets in these files.

        Raises:
            UnusableSigningKey: one is damaged, or open to other users of the machine; or there is none.
        """
        found = [_read(self.path / name) for name in names]
        if not found:
            raise UnusableSigningKey(f"there is no key in {self.path}")
        return found

    def add(self, secret: bytes, at: datetime) -> str:
        """Add a key, which signs from now on; the name of its file."""
        # Later than the last one, even if the clock was set back meanwhile.
        made = max([int(at.timestamp() * 1000), *(_made(name) + 1 for name in self._all())])
        name = f"access-tokens-{made:014d}-{secrets.token_hex(8)}.key"
        _create(self.path / name, secret)
        return name

    def remove_all_but(self, names: Sequence[str]) -> None:
        """Remove the files of all other keys."""
        for name in self._all():
            if name not in names:
                (self.path / name).unlink(missing_ok=True)

    def _all(self) -> list[str]:
        """The files, the newest first."""
        try:
            found = [entry.name for entry in os.scandir(self.path) if entry.name == FIRST_KEY or _made(entry.name)]
        except FileNotFoundError:
            return []
        return sorted(found, key=lambda name: (_made(name), name), reverse=True)


def new_secret() -> bytes:
    """A secret that nobody guesses, as text."""
    return secrets.token_hex(32).encode()


def _made(name: str) -> int:
    """When a key was made, in milliseconds since 1970; 0 for the first one."""
    match = _LATER_KEY.fullmatch(name)
    return int(match["made"]) if match else 0


def _create(path: Path, secret: bytes) -> None:
    """Make a key file, whole or not at all; one that is there stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secret + b"\n")
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
