"""What every hasher of passwords does; a subclass brings the fixture `hasher`."""

import pytest
from tests.fakes.identity.people import PHRASE

from ollamanet.application.identity.ports import PasswordHasher
from ollamanet.domain.identity.password import Password


@pytest.mark.anyio
class PasswordHashersContract:
    @pytest.mark.parametrize("text", [PHRASE, "pässwörd 🙂 " * 50, "%s;--'\"\\" * 4])
    async def test_the_right_password_is_right(self, hasher: PasswordHasher, text: str) -> None:
        password = Password.parse(text)
        assert await hasher.verify(password, await hasher.hash(password)) is True

    @pytest.mark.parametrize("wrong", [PHRASE[:-1], PHRASE + "s", PHRASE.upper(), ""])
    async def test_any_other_is_wrong(self, hasher: PasswordHasher, wrong: str) -> None:
        hashed = await hasher.hash(Password.parse(PHRASE))
        assert await hasher.verify(Password.attempt(wrong), hashed) is False

    async def test_nobody_has_any_password(self, hasher: PasswordHasher) -> None:
        for text in (PHRASE, ""):
            assert await hasher.verify(Password.attempt(text), None) is False

    async def test_equal_passwords_have_different_hashes(self, hasher: PasswordHasher) -> None:
        password = Password.parse(PHRASE)
        hashes = {await hasher.hash(password) for _ in range(3)}
        assert len(hashes) == 3
        assert all(hashed.isascii() and len(hashed) <= 255 for hashed in hashes)

    async def test_a_hash_of_today_is_not_outdated(self, hasher: PasswordHasher) -> None:
        assert not hasher.outdated(await hasher.hash(Password.parse(PHRASE)))
