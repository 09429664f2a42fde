"""Changing one's own password and names."""

from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest
from tests.fakes.identity.fixed_time import NOON, FixedClock
from tests.fakes.identity.forgetting import Forgetting
from tests.fakes.identity.kept_mail import KeptMail, LaterWork
from tests.fakes.identity.memory_failures import MemoryFailures
from tests.fakes.identity.memory_own_accounts import MemoryOwnAccounts
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import ADA, BOB, PHRASE
from tests.fakes.identity.plain_hasher import PlainHasher

from ollamanet.application.identity.commands.change_password import ChangePassword, ChangePasswordHandler
from ollamanet.application.identity.commands.update_profile import UpdateProfile, UpdateProfileHandler
from ollamanet.application.identity.mail import PostOffice
from ollamanet.application.identity.new_passwords import NewPasswords
from ollamanet.application.identity.own_account import PasswordCheck
from ollamanet.application.identity.ports import Credentials
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import Origin
from ollamanet.domain.identity.errors import EmailTaken, TooManyAttempts, UsernameTaken, WrongPassword
from ollamanet.domain.identity.password import Password
from ollamanet.domain.identity.sign_in_policy import SignInPolicy
from ollamanet.domain.identity.user import User, UserStatus
from ollamanet.domain.kernel.errors import Forbidden, InvalidRequest, Unauthenticated
from ollamanet.domain.kernel.ids import SessionId

THERE = Origin("192.0.2.1")
NEW = "another long phrase"
HERE, OTHER = SessionId(UUID(int=1)), SessionId(UUID(int=2))
ACTOR = Actor(ADA.id, session=HERE, name="ada")


@dataclass
class Place:
    """Two accounts, the first one signed in twice."""

    clock: FixedClock = field(default_factory=FixedClock)
    mail: KeptMail = field(default_factory=KeptMail)
    work: LaterWork = field(default_factory=LaterWork)
    callers: Forgetting = field(default_factory=Forgetting)
    failures: MemoryFailures = field(default_factory=MemoryFailures)

    def __post_init__(self) -> None:
        self.users = MemoryUsers(
            Credentials(replace(ADA, email_verified_at=NOON), f"1:{PHRASE}"), Credentials(BOB, f"1:{PHRASE}")
        )
        self.accounts = MemoryOwnAccounts(self.users, self.failures)
        self.accounts.sessions = {HERE: ADA.id, OTHER: ADA.id}
        hasher, post = PlainHasher(), PostOffice(self.mail, self.work, self.mail)
        check = PasswordCheck(self.users, hasher, self.failures, SignInPolicy(), self.clock)
        self.change = ChangePasswordHandler(check, self.accounts, NewPasswords(hasher), self.callers, post, self.clock)
        self.update = UpdateProfileHandler(self.users, check, self.accounts, self.callers, post, self.clock)

    async def set_password(self, current: str = PHRASE, new: str = NEW, actor: Actor = ACTOR) -> None:
        await self.change(ChangePassword(actor, current, new, THERE))

    async def rename(self, actor: Actor = ACTOR, **names: str) -> User:
        return await self.update(UpdateProfile(actor, THERE, **names))

    async def letters(self) -> list[tuple[str, str]]:
        await self.work.do_all()
        return [(str(letter.to), letter.subject) for letter in self.mail.letters]


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.mark.anyio
async def test_a_changed_password_ends_all_other_sessions_and_is_told_about(place: Place) -> None:
    await place.set_password()

    assert place.users.stored[ADA.id].password_hash.endswith(NEW)
    assert place.accounts.sessions == {HERE: ADA.id}
    assert place.callers.forgotten == [ADA.id]
    assert await place.letters() == [("ada@example.org", "Your password was changed")]
    (entry,) = place.users.trail
    assert (entry.action, entry.by.user_id, entry.target) == ("password.changed", ADA.id, f"user:{ADA.id}")
    assert NEW not in repr(place.users.trail)


@pytest.mark.anyio
async def test_a_wrong_password_changes_nothing(place: Place) -> None:
    with pytest.raises(WrongPassword, match=r"^current_password: "):
        await place.set_password("wrong")
    for easy in ("short", "ada@example.org ada"):
        with pytest.raises(InvalidRequest, match=r"^new_password: "):
            await place.set_password(new=easy)
    assert place.users.stored[ADA.id].password_hash == f"1:{PHRASE}"
    assert (len(place.accounts.sessions), place.callers.forgotten, place.users.trail) == (2, [], [])


@pytest.mark.anyio
async def test_guessing_with_somebody_elses_session_is_shut_out_and_does_not_lock_his_sign_in(place: Place) -> None:
    for _ in range(5):
        with pytest.raises(WrongPassword):
            await place.set_password("wrong")
    with pytest.raises(TooManyAttempts) as refused:
        await place.set_password()
    assert refused.value.retry_after == 1
    assert list(place.failures.stored) == [f"user:{ADA.id}"]
    place.clock.advance(1)
    await place.set_password()
    assert place.failures.stored == {}


@pytest.mark.anyio
async def test_of_two_changes_at_once_the_second_finds_another_password(place: Place) -> None:
    async def slowly(password: Password) -> str:
        await place.users.set_password(ADA.id, password_hash="1:somebody was faster", at=NOON)
        return f"1:{password.secret}"

    place.change.new_passwords.hasher.hash = slowly
    with pytest.raises(WrongPassword):
        await place.set_password()
    assert place.users.stored[ADA.id].password_hash == "1:somebody was faster"


@pytest.mark.anyio
async def test_an_api_key_changes_nothing(place: Place) -> None:
    key = Actor(ADA.id, key="key-1")
    with pytest.raises(Forbidden):
        await place.set_password(actor=key)
    with pytest.raises(Forbidden):
        await place.rename(key, username="other")


@pytest.mark.anyio
async def test_an_account_that_is_gone_or_locked_changes_nothing(place: Place) -> None:
    stranger = Actor(UUID(int=99))
    await place.users.update(replace(ADA, status=UserStatus.LOCKED))
    for actor in (ACTOR, stranger):
        with pytest.raises(Unauthenticated):
            await place.set_password(actor=actor)
        with pytest.raises(Unauthenticated):
            await place.rename(actor, username="other")


@pytest.mark.anyio
async def test_a_new_address_needs_the_password_is_unverified_and_the_old_one_is_told(place: Place) -> None:
    with pytest.raises(InvalidRequest, match=r"^current_password: "):
        await place.rename(email="countess@example.org")
    with pytest.raises(WrongPassword):
        await place.rename(email="countess@example.org", current_password="wrong")
    assert place.users.stored[ADA.id].user.email == ADA.email

    changed = await place.rename(email="countess@example.org", current_password=PHRASE)

    assert (str(changed.email), changed.email_verified_at, changed.username) == (
        "countess@example.org", None, ADA.username,
    )  # fmt: skip
    assert await place.letters() == [("ada@example.org", "Your email address was changed")]
    assert "countess" not in place.mail.letters[0].text
    (entry,) = place.users.trail
    assert (entry.action, entry.before, entry.after) == (
        "user.renamed", {"email": "ada@example.org"}, {"email": "countess@example.org"},
    )  # fmt: skip


@pytest.mark.anyio
async def test_a_new_user_name_needs_no_password(place: Place) -> None:
    changed = await place.rename(username="Countess")
    assert (str(changed.username), changed.email_verified_at) == ("Countess", NOON)
    assert await place.letters() == []
    assert place.callers.forgotten == [ADA.id]


@pytest.mark.anyio
async def test_names_that_stay_as_they_are_change_nothing(place: Place) -> None:
    for names in ({}, {"username": "ada"}, {"email": "ada@example.org"}, {"current_password": "anything"}):
        assert (await place.rename(**names)).username == ADA.username
    assert (place.users.trail, place.callers.forgotten) == ([], [])


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("names", "refusal"),
    [
        ({"username": "BOB"}, UsernameTaken),
        ({"email": "bob@EXAMPLE.org", "current_password": PHRASE}, EmailTaken),
        ({"username": "a b"}, InvalidRequest),
        ({"email": "nothing", "current_password": PHRASE}, InvalidRequest),
    ],
)
async def test_a_taken_or_impossible_name_is_refused(
    place: Place, names: dict[str, str], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await place.rename(**names)
    assert await place.letters() == []


@pytest.mark.anyio
async def test_letters_that_find_no_room_are_counted(place: Place) -> None:
    place.work.full = True
    await place.set_password()
    assert place.mail.outcomes == ["dropped"]


def test_no_representation_shows_a_password() -> None:
    assert PHRASE not in repr(ChangePassword(ACTOR, PHRASE, NEW, THERE))
    assert NEW not in repr(ChangePassword(ACTOR, PHRASE, NEW, THERE))
    assert PHRASE not in repr(UpdateProfile(ACTOR, THERE, current_password=PHRASE))
