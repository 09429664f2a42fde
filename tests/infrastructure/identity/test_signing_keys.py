"""The signing key: made once, kept private, the same for every process."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from tests.fakes.identity.fixed_time import FixedClock

from ollamanet.infrastructure.identity.key_files import KEY_FILE, UnusableSigningKey
from ollamanet.infrastructure.identity.signing_keys import FolderKeys, SigningKeys

SECRET = "a secret of more than thirty-two characters"
TOLD_KID = """
import pathlib, sys
from ollamanet.infrastructure.identity.signing_keys import FolderKeys
from ollamanet.infrastructure.kernel.system_clock import SystemClock
print("ready", flush=True)
sys.stdin.readline()
print(FolderKeys.open(pathlib.Path(sys.argv[1]), SystemClock()).now().kid)
"""


def loaded(data_dir: Path) -> SigningKeys:
    return FolderKeys.open(data_dir, FixedClock()).now()


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_start_makes_a_key_that_only_its_owner_can_read(tmp_path: Path) -> None:
    data_dir = tmp_path / "not" / "there yet"
    keys = loaded(data_dir)

    assert len(keys.current) == 32
    assert mode_of(data_dir / KEY_FILE) == 0o600
    assert mode_of((data_dir / KEY_FILE).parent) == 0o700
    assert [path.name for path in (data_dir / "keys").iterdir()] == [KEY_FILE.name]


def test_the_next_start_finds_the_same_key(tmp_path: Path) -> None:
    assert loaded(tmp_path) == loaded(tmp_path)


def test_every_installation_has_another_key(tmp_path: Path) -> None:
    one, other = loaded(tmp_path / "one"), loaded(tmp_path / "other")
    assert one.kid != other.kid
    assert one.current != other.current


def test_of_several_secrets_the_first_signs_and_all_verify() -> None:
    keys = SigningKeys.of(SECRET.encode(), b"o" * 32)
    assert keys.kid == SigningKeys.of(SECRET.encode()).kid
    assert list(keys.secrets) == [keys.kid, SigningKeys.of(b"o" * 32).kid]


def test_neither_kid_nor_representation_tells_the_key() -> None:
    keys = SigningKeys.of(SECRET.encode())
    assert len(keys.kid) == 16
    assert keys.kid not in keys.current.hex()
    assert keys.current != SECRET.encode()
    assert repr(keys) == f"SigningKeys(kid='{keys.kid}')"


def test_a_key_in_pem_is_a_secret_like_any_other() -> None:
    assert len(SigningKeys.of(b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n").current) == 32


def test_a_short_secret_is_refused_without_showing_it() -> None:
    with pytest.raises(UnusableSigningKey, match=r"^the signing key is 31 bytes long; it must have 32 at least$"):
        SigningKeys.of(b"s" * 31)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_file_that_others_can_read_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    loaded(tmp_path)
    (tmp_path / KEY_FILE).chmod(mode)
    with pytest.raises(
        UnusableSigningKey, match=rf"\(mode {mode:04o}\); close it with: chmod 600 .*access-tokens\.key$"
    ):
        loaded(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\n", b"short\n"])
def test_a_damaged_key_file_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    loaded(tmp_path)
    (tmp_path / KEY_FILE).write_bytes(content)
    with pytest.raises(UnusableSigningKey, match=r"is damaged; delete it"):
        loaded(tmp_path)
    assert (tmp_path / KEY_FILE).read_bytes() == content


def test_a_generous_umask_does_not_open_the_key(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        loaded(tmp_path)
    finally:
        os.umask(before)
    assert mode_of(tmp_path / KEY_FILE) == 0o600
    assert mode_of((tmp_path / KEY_FILE).parent) == 0o700


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", TOLD_KID, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    assert [process.stdout.readline() for process in processes if process.stdout] == ["ready\n"] * 4
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    kids = {process.communicate(timeout=30)[0].strip() for process in processes}

    assert kids == {loaded(tmp_path).kid}
    assert [path.name for path in (tmp_path / "keys").iterdir()] == [KEY_FILE.name]
