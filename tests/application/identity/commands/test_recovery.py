"""A forgotten password is replaced with what was mailed, and by nobody else."""

from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest
from tests.fakes.identity.counted_secrets import CountedSecrets
from tests.fakes.identity.fixed_time import FixedClock
from tests.fakes.identity.forgetting import Forgetting
from tests.fakes.identity.kept_mail import KeptMail, LaterWork
from tests.fakes.identity.memory_failures import MemoryFailures
from tests.fakes.identity.memory_own_accounts import MemoryOwnAccounts
from tests.fakes.identity.memory_users import MemoryUsers
from tests.fakes.identity.people import ADA, BOB, PHRASE
from tests.fakes.identity.plain_hasher import PlainHasher

from ollamanet.application.identity.commands.forgot_password import ForgotPassword, ForgotPasswordHandler
from ollamanet.application.identity.commands.reset_password import ResetPassword, ResetPasswordHandler
from ollamanet.application.identity.mail import PostOffice
from ollamanet.application.identity.new_passwords import NewPasswords
from ollamanet.application.identity.ports import Credentials
from ollamanet.application.identity.reset_letters import ResetLetters
from ollamanet.application.kernel.audit import Origin
from ollamanet.domain.identity.errors import ResetTokenInvalid
from ollamanet.domain.identity.password import Password
from ollamanet.domain.identity.user import UserStatus
from ollamanet.domain.kernel.errors import InvalidRequest
from ollamanet.domain.kernel.ids import SessionId

THERE = Origin("192.0.2.1", "a browser", "request-1")
NEW = "another long phrase"
ONE, BOBS = SessionId(UUID(int=1)), SessionId(UUID(int=2))


@dataclass
class Place:
    """Two accounts, and everything that recovery needs."""

    public_url: str | None = None
    clock: FixedClock = field(default_factory=FixedClock)
    mail: KeptMail = field(default_factory=KeptMail)
    work: LaterWork = field(default_factory=LaterWork)
    hasher: PlainHasher = field(default_factory=PlainHasher)
    callers: Forgetting = field(default_factory=Forgetting)

    def __post_init__(self) -> None:
        self.users = MemoryUsers(Credentials(ADA, f"1:{PHRASE}"), Credentials(BOB, f"1:{PHRASE}"))
        self.accounts = MemoryOwnAccounts(self.users, MemoryFailures())
        self.accounts.sessions = {ONE: ADA.id, BOBS: BOB.id}
        letters = ResetLetters(self.accounts, CountedSecrets(), self.mail, self.clock, 1800.0, self.public_url)
        self.forgot = ForgotPasswordHandler(self.users, letters, self.work, self.mail, lambda: 0.0)
        post = PostOffice(self.mail, self.work, self.mail)
        self.reset = ResetPasswordHandler(self.accounts, NewPasswords(self.hasher), self.callers, post, self.clock)

    async def ask(self, email: str = "ada@example.org") -> None:
        await self.forgot(ForgotPassword(email, THERE))
        await self.work.do_all()


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.mark.anyio
async def test_nothing_is_looked_for_before_the_answer_and_the_same_is_done_for_everybody(place: Place) -> None:
    for email in ("ada@example.org", "nobody@example.org"):
        await place.forgot(ForgotPassword(email, THERE))
    assert [key for key, _ in place.work.waiting] == [("reset", "ada@example.org"), ("reset", "nobody@example.org")]
    assert (place.mail.letters, place.users.trail) == ([], [])

    await place.work.do_all()
    assert [letter.to for letter in place.mail.letters] == [ADA.email]


@pytest.mark.anyio
async def test_the_mail_sets_the_password_once_ends_the_sessions_and_is_followed_by_a_notice(place: Place) -> None:
    await place.ask("ADA@Example.org")
    assert "secret-1" in place.mail.letters[0].text.splitlines()

    await place.reset(ResetPassword("secret-1", NEW, THERE))

    assert place.users.stored[ADA.id].password_hash == f"1:{NEW}"
    assert place.accounts.sessions == {BOBS: BOB.id}
    assert place.callers.forgotten == [ADA.id]
    await place.work.do_all()
    assert [letter.subject for letter in place.mail.letters] == ["Reset your password", "Your password was changed"]
    assert "API keys are still good" in place.mail.letters[1].text
    with pytest.raises(ResetTokenInvalid):
        await place.reset(ResetPassword("secret-1", "a third long phrase", THERE))
    trail = [(each.action, each.by.user_id, each.target, each.origin) for each in place.users.trail]
    assert trail == [
        ("password.reset_asked", None, f"user:{ADA.id}", THERE),
        ("password.reset", ADA.id, f"user:{ADA.id}", THERE),
    ]
    assert not any(secret in repr(place.users.trail) for secret in ("secret-1", NEW, PHRASE))


@pytest.mark.anyio
async def test_a_password_that_breaks_the_rules_does_not_use_up_the_token(place: Place) -> None:
    await place.ask()
    for easy in ("short", "ada@example.org ada"):
        with pytest.raises(InvalidRequest, match=r"^password: "):
            await place.reset(ResetPassword("secret-1", easy, THERE))
    await place.reset(ResetPassword("secret-1", NEW, THERE))


@pytest.mark.anyio
async def test_a_guessed_token_costs_no_hash(place: Place) -> None:
    with pytest.raises(ResetTokenInvalid):
        await place.reset(ResetPassword("secret-1", NEW, THERE))
    assert await place.hasher.hash(Password.parse(NEW)) == f"1:{NEW}"


@pytest.mark.anyio
async def test_a_token_is_good_for_half_an_hour(place: Place) -> None:
    await place.ask()
    assert "within 30 minutes" in place.mail.letters[0].text
    place.clock.advance(1800)
    with pytest.raises(ResetTokenInvalid):
        await place.reset(ResetPassword("secret-1", NEW, THERE))


@pytest.mark.anyio
async def test_asking_again_makes_earlier_mails_useless(place: Place) -> None:
    await place.ask()
    await place.ask()
    with pytest.raises(ResetTokenInvalid):
        await place.reset(ResetPassword("secret-1", NEW, THERE))
    await place.reset(ResetPassword("secret-2", NEW, THERE))


@pytest.mark.anyio
async def test_nobodys_mailbox_is_filled(place: Place) -> None:
    for _ in range(20):
        await place.ask()
    assert len(place.mail.letters) == 5
    place.clock.advance(3600)
    await place.ask()
    assert len(place.mail.letters) == 6


@pytest.mark.anyio
@pytest.mark.parametrize("status", [UserStatus.LOCKED, UserStatus.DELETED])
async def test_an_account_that_may_not_be_used_gets_no_mail(place: Place, status: UserStatus) -> None:
    await place.users.update(replace(ADA, status=status))
    await place.ask()
    assert place.mail.letters == []


@pytest.mark.anyio
async def test_what_cannot_be_done_now_is_counted_and_the_answer_is_the_same(place: Place) -> None:
    place.work.full = True
    await place.ask()
    assert place.mail.outcomes == ["dropped"]


@pytest.mark.anyio
@pytest.mark.parametrize("email", ["ada", "ada@example", "a\r\nBcc: x@example.org@example.org", "a,b@example.org"])
async def test_what_is_no_address_is_refused_whoever_has_it(place: Place, email: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^email: expected"):
        await place.forgot(ForgotPassword(email, THERE))
    assert place.work.waiting == []


@pytest.mark.anyio
async def test_a_link_is_to_the_public_address_with_the_token_where_no_server_logs_it() -> None:
    place = Place("https://chat.example.org")
    await place.ask()
    assert "https://chat.example.org/reset-password#token=secret-1" in place.mail.letters[0].text.splitlines()


def test_no_representation_shows_a_secret() -> None:
    assert "secret-1" not in repr(ResetPassword("secret-1", NEW, THERE))
    assert NEW not in repr(ResetPassword("secret-1", NEW, THERE))
