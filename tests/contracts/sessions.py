"""What every store of sessions does; a subclass brings the fixtures `users` and `sessions` over one store."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import anyio
import pytest
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA, BOB

from ollamanet.application.identity.ports import Users
from ollamanet.application.identity.session_ports import Exchange, Exchanged, SessionOwner, Sessions
from ollamanet.application.kernel.audit import HERE, OPERATOR, AuditEntry
from ollamanet.application.kernel.page import PageRequest
from ollamanet.application.kernel.uncancelled import settled
from ollamanet.domain.identity.errors import AccountDisabled, WrongCredentials
from ollamanet.domain.identity.session import Session, TokenFate
from ollamanet.domain.identity.user import User, UserStatus
from ollamanet.domain.kernel.ids import SessionId, UserId

LIFETIME = timedelta(days=30)
ENTRY = AuditEntry("session.revoked", OPERATOR, HERE, NOON)
Trail = Callable[[], Awaitable[Sequence[str]]]
Put = Callable[[User], Awaitable[None]]
"""The actions that were recorded."""


def session_of(user: User, number: int = 1, at: datetime = NOON) -> Session:
    session_id = SessionId(UUID(f"00000000-0000-7000-8000-{number:012x}"))
    return Session(session_id, user.id, at, at, at + LIFETIME, "192.0.2.1", "Ädas browser")


def digest(number: int) -> str:
    return f"{number:064x}"


def shown(token: int, successor: int, at: datetime = NOON, address: str = "192.0.2.9") -> Exchange:
    return Exchange(digest(token), digest(successor), at, LIFETIME, address)


def fate_of(exchanged: Exchanged | None) -> TokenFate:
    assert exchanged is not None
    return exchanged.fate


@pytest.mark.anyio
class SessionsContract:
    @pytest.fixture(autouse=True)
    async def _people(self, users: Users) -> None:
        await users.add(ADA, password_hash="a hash")
        await users.add(BOB, password_hash="a hash")

    async def test_a_session_comes_back_with_its_account(self, sessions: Sessions) -> None:
        mine = session_of(ADA)
        await sessions.open(mine, of=ADA, digest=digest(1))

        assert await sessions.find(mine.id) == SessionOwner(mine, ADA)
        assert await sessions.find_by_token(digest(1)) == SessionOwner(mine, ADA)

    async def test_whose_password_was_changed_meanwhile_gets_no_session(
        self, users: Users, sessions: Sessions, trail: Trail
    ) -> None:
        await users.set_password(ADA.id, password_hash="another", at=NOON)

        with pytest.raises(WrongCredentials):
            await sessions.open(session_of(ADA), of=ADA, digest=digest(1), audit=[ENTRY])

        assert await sessions.find(session_of(ADA).id) is None
        assert await sessions.find_by_token(digest(1)) is None
        assert await trail() == []

    @pytest.mark.parametrize("status", [UserStatus.LOCKED, UserStatus.DELETED])
    async def test_who_was_shut_out_meanwhile_gets_no_session(
        self, put: Put, sessions: Sessions, status: UserStatus
    ) -> None:
        await put(replace(ADA, status=status))

        with pytest.raises(AccountDisabled):
            await sessions.open(session_of(ADA), of=ADA, digest=digest(1))

        assert await sessions.find(session_of(ADA).id) is None

    async def test_an_account_that_is_gone_gets_no_session(self, sessions: Sessions) -> None:
        nobody = replace(ADA, id=UserId(UUID(int=9)))

        with pytest.raises(WrongCredentials):
            await sessions.open(session_of(nobody), of=nobody, digest=digest(1))

    async def test_another_hash_of_the_same_password_keeps_nobody_out(self, users: Users, sessions: Sessions) -> None:
        await users.set_password(ADA.id, password_hash="another", at=None)

        await sessions.open(session_of(ADA), of=ADA, digest=digest(1))

        assert await sessions.find(session_of(ADA).id) is not None

    async def test_what_was_never_there_is_not_found(self, sessions: Sessions) -> None:
        await sessions.open(session_of(ADA), of=ADA, digest=digest(1))

        assert await sessions.find(session_of(ADA, 2).id) is None
        assert await sessions.find_by_token(digest(2)) is None
        assert await sessions.exchange(shown(2, 3)) is None
        assert await sessions.find_by_token(digest(3)) is None

    async def test_an_exchange_moves_the_session_on(self, sessions: Sessions) -> None:
        mine, later = session_of(ADA), NOON + timedelta(days=3)
        await sessions.open(mine, of=ADA, digest=digest(1))

        exchanged = await sessions.exchange(shown(1, 2, later))

        moved = replace(mine, last_used_at=later, expires_at=later + LIFETIME, address="192.0.2.9")
        assert exchanged == Exchanged(SessionOwner(moved, ADA), TokenFate.EXCHANGED)
        assert await sessions.find_by_token(digest(2)) == SessionOwner(moved, ADA)
        assert fate_of(await sessions.exchange(shown(2, 3, later))) is TokenFate.EXCHANGED

    async def test_a_token_that_comes_back_soon_gets_another_successor(self, sessions: Sessions) -> None:
        await sessions.open(session_of(ADA), of=ADA, digest=digest(1))
        soon = NOON + timedelta(seconds=4.999)

        assert fate_of(await sessions.exchange(shown(1, 2))) is TokenFate.EXCHANGED
        assert fate_of(await sessions.exchange(shown(1, 3, soon))) is TokenFate.EXCHANGED
        assert fate_of(await sessions.exchange(shown(2, 4, soon))) is TokenFate.EXCHANGED
        assert fate_of(await sessions.exchange(shown(3, 5, soon))) is TokenFate.EXCHANGED

    async def test_five_seconds_count_from_the_first_use(self, sessions: Sessions) -> None:
        await sessions.open(session_of(ADA), of=ADA, digest=digest(1))
        await sessions.exchange(shown(1, 2))
        await sessions.exchange(shown(1, 3, NOON + timedelta(seconds=3)))

        reused = await sessions.exchange(shown(1, 4, NOON + timedelta(seconds=5)))

        assert fate_of(reused) is TokenFate.REUSED
        assert await sessions.find_by_token(digest(4)) is None

    async def test_of_many_exchanges_at_once_each_gets_its_successor(self, sessions: Sessions) -> None:
        await sessions.open(session_of(ADA), of=ADA, digest=digest(1))
        fates: list[TokenFate] = []

        async def exchange(number: int) -> None:
            fates.append(fate_of(await sessions.exchange(shown(1, number))))

        async with anyio.create_task_group() as group:
            for number in range(2, 10):
                group.start_soon(exchange, number)

        assert fates == [TokenFate.EXCHANGED] * 8
        assert all([await sessions.find_by_token(digest(number)) for number in range(2, 10)])

    async def test_tokens_of_a_session_that_is_over_are_worth_nothing(self, sessions: Sessions) -> None:
        mine = session_of(ADA)
        await sessions.open(mine, of=ADA, digest=digest(1))
        await sessions.revoke(mine.id, of=ADA.id, at=NOON, because="signed_out")

        assert fate_of(await sessions.exchange(shown(1, 2))) is TokenFate.ENDED
        assert await sessions.find_by_token(digest(2)) is None

    async def test_tokens_end_with_their_time_and_with_their_account(self, put: Put, sessions: Sessions) -> None:
        await sessions.open(session_of(ADA), of=ADA, digest=digest(1))
        await sessions.open(session_of(BOB, 2), of=BOB, digest=digest(11))
        await put(replace(BOB, status=UserStatus.LOCKED))

        assert fate_of(await sessions.exchange(shown(1, 2, NOON + LIFETIME))) is TokenFate.ENDED
        assert fate_of(await sessions.exchange(shown(11, 12))) is TokenFate.ENDED

    async def test_only_its_owner_ends_a_session_and_only_once(self, sessions: Sessions, trail: Trail) -> None:
        mine = session_of(ADA)
        await sessions.open(mine, of=ADA, digest=digest(1))

        assert not await sessions.revoke(mine.id, of=BOB.id, at=NOON, because="revoked", audit=[ENTRY])
        assert await trail() == []
        assert await sessions.revoke(mine.id, of=ADA.id, at=NOON, because="revoked", audit=[ENTRY])
        assert not await sessions.revoke(mine.id, of=ADA.id, at=NOON, because="revoked", audit=[ENTRY])

        assert await trail() == [ENTRY.action]
        assert await sessions.find(mine.id) == SessionOwner(replace(mine, revoked_at=NOON), ADA)

    async def test_all_but_one_are_ended_and_nobody_elses(self, sessions: Sessions, trail: Trail) -> None:
        for number, user in enumerate((ADA, ADA, ADA, BOB), start=1):
            await sessions.open(session_of(user, number), of=user, digest=digest(number))
        kept = session_of(ADA, 2).id

        ended = await sessions.revoke_all(ADA.id, at=NOON, because="revoked", except_session=kept, audit=[ENTRY])

        assert ended == 2
        assert [each.id for each in await self._live(sessions, ADA)] == [kept]
        assert len(await self._live(sessions, BOB)) == 1
        assert await sessions.revoke_all(ADA.id, at=NOON, because="locked") == 1
        assert await sessions.revoke_all(ADA.id, at=NOON, because="locked", audit=[ENTRY]) == 0
        assert await trail() == [ENTRY.action] * 2

    async def test_sessions_that_go_on_are_listed_by_their_last_use(self, sessions: Sessions) -> None:
        for number, user in enumerate((ADA, ADA, ADA, ADA, BOB), start=1):
            at = NOON - LIFETIME if number == 3 else NOON
            await sessions.open(session_of(user, number, at), of=user, digest=digest(number))
        await sessions.revoke(session_of(ADA, 4).id, of=ADA.id, at=NOON, because="revoked")
        await sessions.exchange(shown(2, 12, NOON + timedelta(seconds=1)))

        found = await sessions.list_live(ADA.id, PageRequest(1, 1), at=NOON)
        second = await sessions.list_live(ADA.id, PageRequest(2, 1), at=NOON)

        assert [page.items[0].id for page in (found, second)] == [session_of(ADA, 2).id, session_of(ADA, 1).id]
        assert (found.total, second.total) == (2, 2)

    async def test_the_last_use_is_remembered_and_never_goes_back(self, sessions: Sessions) -> None:
        mine, later = session_of(ADA), NOON + timedelta(minutes=7)
        await sessions.open(mine, of=ADA, digest=digest(1))

        sessions.note_use(mine.id, at=later)
        await settled()
        sessions.note_use(mine.id, at=NOON + timedelta(minutes=1))
        await settled()

        assert await sessions.find(mine.id) == SessionOwner(replace(mine, last_used_at=later), ADA)

    async def _live(self, sessions: Sessions, user: User) -> Sequence[Session]:
        return (await sessions.list_live(user.id, PageRequest(), at=NOON)).items
