"""Room for kept chats: never more than there is, taken from what is over before what runs."""

from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ollamanet.application.conversations.live_room import OVERHEAD, Room, RoomBounds
from ollamanet.domain.kernel.ids import UserId

BOUNDS = RoomBounds(64 * OVERHEAD)
USERS = [UserId(UUID(int=number)) for number in range(1, 12)]


class Kept:
    """A chat that holds only a number of bytes."""

    def __init__(self, user: UserId, room: Room) -> None:
        self.user = user
        self.events = 0
        self.kept = True
        self.ended = False
        self._room = room
        room.take(self, OVERHEAD)

    def grow(self, size: int) -> None:
        self.events += size
        self._room.take(self, size)

    def forget_oldest(self, size: int) -> int:
        freed = min(size, self.events)
        self.events -= freed
        return freed

    def forget(self) -> None:
        assert self.ended, "a running chat was forgotten"
        self.events, self.kept = 0, False
        self._room.leave(self)


class Rooms(RuleBasedStateMachine):
    """Chats come, grow, end and go; overhead of what runs is bounded elsewhere, by admission."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Room(BOUNDS)
        self.chats: list[Kept] = []

    @property
    def running(self) -> list[Kept]:
        return [chat for chat in self.chats if not chat.ended]

    @precondition(lambda self: len(self.running) < 8)
    @rule(user=st.sampled_from(USERS))
    def begin(self, user: UserId) -> None:
        self.chats.append(Kept(user, self.room))

    @precondition(lambda self: self.running)
    @rule(data=st.data(), size=st.integers(1, 3 * OVERHEAD))
    def grow(self, data: st.DataObject, size: int) -> None:
        chat = data.draw(st.sampled_from(self.running))
        chat.grow(size)
        assert chat.events <= BOUNDS.chat

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        chat = data.draw(st.sampled_from(self.running))
        chat.ended = True
        self.room.over(chat)

    @precondition(lambda self: any(chat.ended for chat in self.chats))
    @rule(data=st.data())
    def expire(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from([chat for chat in self.chats if chat.ended])).forget()

    @invariant()
    def counts_exactly_what_is_kept(self) -> None:
        self.chats = [chat for chat in self.chats if chat.kept]
        assert self.room.taken == sum(OVERHEAD + chat.events for chat in self.chats)

    @invariant()
    def nobody_has_more_than_his_share_beyond_what_runs(self) -> None:
        running = len(self.running) * OVERHEAD
        assert self.room.taken <= BOUNDS.total + running
        for user in USERS:
            mine = sum(OVERHEAD + chat.events for chat in self.chats if chat.user == user)
            assert mine <= BOUNDS.user + running


TestRoom = Rooms.TestCase


def test_the_oldest_of_what_is_over_goes_first() -> None:
    room = Room(BOUNDS)
    over = [Kept(USERS[0], room) for _ in range(3)]
    for chat in over:
        chat.grow(OVERHEAD)
        chat.ended = True
        room.over(chat)
    other = Kept(USERS[1], room)
    running = Kept(USERS[0], room)
    running.grow(2 * OVERHEAD)

    assert [chat.kept for chat in over] == [False, True, True]
    assert other.kept
    assert running.events == 2 * OVERHEAD


def test_who_has_nothing_else_loses_his_own_oldest_events() -> None:
    room = Room(BOUNDS)
    chat = Kept(USERS[0], room)
    for _ in range(100):
        chat.grow(1000)

    assert BOUNDS.chat // 2 < chat.events <= BOUNDS.chat
    assert chat.kept


def test_when_all_is_taken_the_oldest_of_anybody_goes() -> None:
    room = Room(BOUNDS)
    over = [Kept(user, room) for user in USERS[:8] for _ in range(8)]
    for chat in over:
        chat.ended = True
        room.over(chat)
    assert room.taken == BOUNDS.total
    Kept(USERS[8], room)

    assert [chat.kept for chat in over] == [False] + [True] * 63
    assert room.taken == BOUNDS.total
