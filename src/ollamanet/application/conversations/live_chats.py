"""The chats that run now, by user and request id; and those that are kept for listeners who come back."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic

from ollamanet.application.conversations.answer_recorder import LiveAnswer
from ollamanet.application.conversations.commands.send_message import SendMessage
from ollamanet.application.conversations.live_kept import KeptChat, TranscriptT
from ollamanet.application.conversations.live_room import Room, RoomBounds
from ollamanet.application.conversations.live_running import RunningChat
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.kernel.errors import Conflict, NotFound
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.permissions import Permission

_Name = tuple[UserId, str]
_STOP_PATIENCE: Final = 1.0
_STOPS_REMEMBERED: Final = 4096


@dataclass(frozen=True, slots=True)
class RepeatKey:
    """What makes two requests of one user the same.

    Attributes:
        key: chosen by the caller.
        body: a digest of what he asked for.
    """

    key: str
    body: bytes


class LiveChats(Generic[TranscriptT]):
    """Knows every chat from before its admission until it is over, or no longer kept."""

    def __init__(
        self,
        send: Callable[[SendMessage], Awaitable[LiveAnswer]],
        transcript: Callable[[], TranscriptT],
        bounds: RoomBounds,
        *,
        grace: float,
    ) -> None:
        """Nothing runs.

        Args:
            send: the use case that every chat is opened with.
            transcript: makes an empty one.
            bounds: memory for events that are kept.
            grace: seconds (> 0) that a kept chat lives without a listener, and after its end.
        """
        self._send = send
        self._transcript = transcript
        self._grace = grace
        self._room = Room(bounds)
        self._running: dict[_Name, RunningChat] = {}
        self._kept: dict[_Name, KeptChat[TranscriptT]] = {}
        self._keys: dict[_Name, tuple[bytes, KeptChat[TranscriptT]]] = {}
        self._stopped: dict[_Name, float] = {}

    @property
    def in_use(self) -> tuple[int, int, int, int]:
        """Chats that run, chats that are kept, keys that are remembered, bytes that are taken."""
        return (len(self._running), len(self._kept), len(self._keys), self._room.taken)

    async def open(self, command: SendMessage) -> RunningChat:
        """Start a chat that lives as long as its one listener.

        Returns:
            Its events; the caller iterates them to their end, or closes them.

        Raises:
            Conflict: another chat of this user runs under the same request id.
            Refusal: as `SendMessageHandler`; nothing was stored.
        """
        return await self._opened(self._enter(command), command)

    def keep(self, command: SendMessage, repeat: RepeatKey | None = None) -> KeptChat[TranscriptT]:
        """Start a chat that outlives its listeners, or join the one that was started under the same key.

        Raises:
            Forbidden: he may not chat.
            Conflict: as `open`; or the key belongs to another question.
        """
        command.actor.require(Permission.CHAT)
        if repeat is not None and (found := self._keys.get((command.actor.user_id, repeat.key))) is not None:
            if found[0] != repeat.body:
                raise Conflict("Idempotency-Key: it was used for another request")
            if not found[1].failed:
                return found[1]
        running = self._enter(command)
        kept = KeptChat(running, self._transcript(), self._room, grace=self._grace)
        name = (kept.user, kept.request_id)
        if (old := self._kept.get(name)) is not None:
            old.forget()
        self._kept[name] = kept
        if repeat is not None:
            self._keys[kept.user, repeat.key] = (repeat.body, kept)
        kept.start(lambda: self._opened(running, command), lambda: self._forget(kept, repeat))
        return kept

    def find(self, actor: Actor, request_id: str) -> KeptChat[TranscriptT]:
        """A kept chat, running or just ended.

        Raises:
            Forbidden: he may not chat.
            NotFound: there is none, it is another user's, or it was not to be kept.
        """
        actor.require(Permission.CHAT)
        kept = self._kept.get((actor.user_id, request_id))
        if kept is None:
            raise NotFound("there is no resumable chat with this request id, or its time is over")
        return kept

    async def stop(self, actor: Actor, request_id: str) -> None:
        """Stop a chat; returns once its answer is stored, or a second later if its only listener does not listen.

        Raises:
            Forbidden: he may not chat.
            NotFound: no chat of this user runs, is kept, or was stopped lately under this request id.
        """
        actor.require(Permission.CHAT)
        name = (actor.user_id, request_id)
        running = self._running.get(name)
        if running is None:
            if name not in self._kept and self._stopped.get(name, 0.0) < asyncio.get_running_loop().time():
                raise NotFound("there is no running chat with this request id")
            return
        self._remember_stop(name)
        running.stop()
        await running.gone(patience=_STOP_PATIENCE)

    async def aclose(self) -> None:
        """Break off what runs without a connection; what was heard is stored."""
        await asyncio.gather(*(kept.aclose() for kept in tuple(self._kept.values())))

    def _enter(self, command: SendMessage) -> RunningChat:
        name = (command.actor.user_id, command.request_id)
        if name in self._running:
            detail = "X-Request-ID: a chat of yours runs under this id; wait for its end, or choose another id"
            raise Conflict(detail, retry_after=_STOP_PATIENCE)
        running = self._running[name] = RunningChat(*name, self._leave)
        return running

    async def _opened(self, running: RunningChat, command: SendMessage) -> RunningChat:
        try:
            running.opened(await self._send(command))
        except BaseException:
            running.leave()
            raise
        return running

    def _leave(self, running: RunningChat) -> None:
        if self._running.get((running.user, running.request_id)) is running:
            del self._running[running.user, running.request_id]

    def _forget(self, kept: KeptChat[TranscriptT], repeat: RepeatKey | None) -> None:
        if self._kept.get((kept.user, kept.request_id)) is kept:
            del self._kept[kept.user, kept.request_id]
        if repeat is not None and self._keys.get((kept.user, repeat.key), (b"", None))[1] is kept:
            del self._keys[kept.user, repeat.key]

    def _remember_stop(self, name: _Name) -> None:
        """So that a stop that is sent twice is answered twice, for some seconds."""
        self._stopped.pop(name, None)
        while len(self._stopped) >= _STOPS_REMEMBERED:
            del self._stopped[next(iter(self._stopped))]
        self._stopped[name] = asyncio.get_running_loop().time() + self._grace
