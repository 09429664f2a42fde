"""The bundled list: what is on it, and that it is read beside the event loop."""

import asyncio
import threading
from importlib.resources import files

import pytest

from ollamanet.domain.identity.look_alikes import skeleton
from ollamanet.domain.identity.password import Password
from ollamanet.domain.identity.password_rules import require_hard_to_guess
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.infrastructure.identity import common_passwords
from ollamanet.infrastructure.identity.common_passwords import BundledCommonPasswords, read_common_passwords

LINES = files(common_passwords.__package__).joinpath("common_passwords.txt").read_text(encoding="utf-8").splitlines()


def test_the_list_is_sorted_and_in_the_form_that_is_looked_up() -> None:
    assert sorted(set(LINES)) == LINES
    assert [line for line in LINES if skeleton(line) != line or not line.isalnum() or len(line) < 4] == []
    assert sum(len(line) >= 12 for line in LINES) > 5000


@pytest.mark.parametrize(
    "text",
    ["password1234", "passwordpassword", "qwertyuiop123", "iloveyou1234", "1q2w3e4r5t6y", "administrator",
     "letmeinplease", "Welcome12345!", "Summer2024!!", "princess1234", "michael12345", "football1234",
     "sunshine2023", "monkey123456",
     "superman1234", "Liverpool2020", "changeme1234", "trustno1trustno1", "q1w2e3r4t5y6u7", "zaq1xsw2cde3",
     "P@$$w0rd1234", "christopher1", "gfhjkmgfhjkm", "147258369147", "supersecretpassword", "dragonballz123",
     "iloveyouforever"],
)  # fmt: skip
def test_well_known_passwords_are_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^password: "):
        require_hard_to_guess(Password.parse(text), names=(), common=read_common_passwords())


@pytest.mark.parametrize("text", ["correct horse battery staple", "correct horse battery", "trombone lichen 42"])
def test_phrases_of_this_repository_are_taken(text: str) -> None:
    assert require_hard_to_guess(Password.parse(text), names=("ada",), common=read_common_passwords()) is None


@pytest.mark.anyio
async def test_the_file_is_read_once_and_not_on_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []

    def watched(package: str):
        threads.append(threading.get_ident())
        return files(package)

    monkeypatch.setattr(common_passwords, "files", watched)
    read_common_passwords.cache_clear()

    first = await BundledCommonPasswords().listed()
    again = await asyncio.gather(*(BundledCommonPasswords().listed() for _ in range(3)))

    assert len(threads) == 1
    assert threading.get_ident() not in threads
    assert all(each is first for each in again)
