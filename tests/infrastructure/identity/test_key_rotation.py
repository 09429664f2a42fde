"""Keys that are rotated while others use them."""

import logging
from pathlib import Path

import pytest
from tests.fakes.identity.fixed_time import CountedIds, FixedClock
from tests.fakes.identity.people import ADA
from tests.infrastructure.identity.tokens_forged import SESSION, forged

from ollamanet.domain.kernel.errors import Unauthenticated
from ollamanet.infrastructure.identity.jwt_access_tokens import JwtAccessTokens
from ollamanet.infrastructure.identity.key_files import KeyFolder, UnusableSigningKey
from ollamanet.infrastructure.identity.key_rotation import KeyRotation
from ollamanet.infrastructure.identity.signing_keys import FolderKeys, SigningKeys

LIFE = 900


class Installation:
    """A data folder, a server that uses its keys, and the command that rotates them."""

    def __init__(self, data_dir: Path) -> None:
        self.clock = FixedClock()
        self.folder = KeyFolder(data_dir)
        self.keys = FolderKeys.open(data_dir, self.clock, token_life=LIFE)
        self.tokens = JwtAccessTokens(self.keys, self.clock, CountedIds(), LIFE)
        self.rotation = KeyRotation(self.folder, self.clock, LIFE)

    def rotate(self, *, drop_others: bool = False) -> str:
        draft = self.rotation.draft()
        self.kept = self.rotation.put(draft, drop_others=drop_others)
        return draft.kid

    def token(self) -> str:
        return self.tokens.issue(ADA, SESSION).text

    def is_good(self, token: str) -> bool:
        try:
            return self.tokens.read(token).user_id == ADA.id
        except Unauthenticated:
            return False


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def test_a_new_key_signs_within_a_second_and_the_old_one_still_verifies(installation: Installation) -> None:
    first, before = installation.keys.now().kid, installation.token()

    second = installation.rotate()
    assert installation.keys.now().kid == first
    installation.clock.advance(1.0)

    assert installation.keys.now().kid == second != first
    assert installation.is_good(before)
    assert installation.is_good(installation.token())
    assert installation.kept == 1


def test_a_token_of_a_key_that_another_process_has_already_is_not_refused(installation: Installation) -> None:
    installation.keys.now()
    elsewhere = Installation(installation.folder.data_dir)
    elsewhere.rotate()
    elsewhere.clock.advance(1.0)

    assert installation.is_good(elsewhere.token())


def test_an_old_key_verifies_until_its_tokens_have_expired_and_its_file_goes_then(installation: Installation) -> None:
    first = installation.keys.now()
    installation.rotate()
    installation.clock.advance(LIFE + 59)
    forger = SigningKeys(first.kid, first.secrets)
    late = int(installation.clock.now().timestamp())
    token = forged(forger, claims={"iat": late, "nbf": late, "exp": late + LIFE})
    assert installation.is_good(token)

    installation.clock.advance(2)
    assert not installation.is_good(token)

    assert len(list(installation.folder.path.iterdir())) == 2
    installation.rotate()
    assert len(list(installation.folder.path.iterdir())) == 2
    assert installation.kept == 1


def test_keys_that_may_be_known_to_others_are_dropped_at_once(installation: Installation) -> None:
    before = installation.token()
    installation.rotate()
    newest = installation.rotate(drop_others=True)
    installation.clock.advance(1.0)

    assert not installation.is_good(before)
    assert list(installation.keys.now().secrets) == [newest]
    assert len(list(installation.folder.path.iterdir())) == 1
    assert Installation(installation.folder.data_dir).keys.now().kid == newest


def test_rotating_an_installation_that_never_ran_makes_its_first_key(tmp_path: Path) -> None:
    rotation = KeyRotation(KeyFolder(tmp_path), FixedClock(), LIFE)
    draft = rotation.draft()
    assert rotation.put(draft, drop_others=False) == 1
    assert Installation(tmp_path).keys.now().kid == draft.kid
    assert draft.replaces != draft.kid
    assert draft.secret.decode() not in repr(draft)


def test_two_rotations_at_once_lose_neither_key(installation: Installation) -> None:
    drafts = [installation.rotation.draft() for _ in range(2)]
    for draft in drafts:
        installation.rotation.put(draft, drop_others=False)
    installation.clock.advance(1.0)

    assert {draft.kid for draft in drafts} <= set(installation.keys.now().secrets)


def test_files_that_are_no_keys_are_none(installation: Installation) -> None:
    for name in ("access-tokens-1-00.key", "notes.txt", "access-tokens-00000000000000-0011223344556677.key.draft"):
        (installation.folder.path / name).write_text("x" * 64)
    assert len(installation.keys.looked_up().secrets) == 1


def test_a_file_that_breaks_while_we_run_stops_nobody_and_is_told(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    before = installation.keys.now()
    installation.rotate()
    newest = max(installation.folder.path.iterdir(), key=lambda path: (len(path.name), path.name))
    newest.chmod(0o644)
    installation.clock.advance(1.0)

    with caplog.at_level(logging.ERROR):
        assert installation.keys.now() == before
    assert "open to other users" in caplog.text
    with pytest.raises(UnusableSigningKey, match="open to other users"):
        Installation(installation.folder.data_dir)


def test_keys_that_vanish_while_we_run_stop_nobody(installation: Installation) -> None:
    before = installation.keys.now()
    for file in installation.folder.path.iterdir():
        file.unlink()
    assert installation.keys.looked_up() == before
