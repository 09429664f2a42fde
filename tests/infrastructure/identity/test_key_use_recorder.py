"""Last uses of keys reach the store now and then, never with the request."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from anyio.lowlevel import checkpoint
from tests.contracts.api_keys import key_of
from tests.fakes.identity.fixed_time import NOON
from tests.fakes.identity.people import ADA

from ollamanet.domain.identity.api_key import ApiKeyId
from ollamanet.infrastructure.identity.key_use_recorder import KeyUseRecorder

KEY, OTHER = key_of(ADA), key_of(ADA, 2)
SECOND = timedelta(seconds=1)


class Written:
    def __init__(self) -> None:
        self.rounds: list[dict[ApiKeyId, datetime]] = []
        self.broken = False

    async def note_uses(self, uses: Mapping[ApiKeyId, datetime]) -> None:
        if self.broken:
            raise OSError("the database is gone")
        self.rounds.append(dict(uses))


@pytest.mark.anyio
async def test_a_use_is_written_once_a_minute() -> None:
    store = Written()
    recorder = KeyUseRecorder(store)
    for seconds in (0, 5, 59, 60, 61):
        recorder.note(KEY, NOON + seconds * SECOND)
        await recorder.write()
    assert store.rounds == [{KEY.id: NOON}, {KEY.id: NOON + 60 * SECOND}]


@pytest.mark.anyio
async def test_what_another_instance_wrote_counts_too() -> None:
    store = Written()
    recorder = KeyUseRecorder(store)
    recorder.note(key_of(ADA, last_used_at=NOON), NOON + 59 * SECOND)
    assert await recorder.write()
    assert store.rounds == []


@pytest.mark.anyio
async def test_what_could_not_be_written_is_written_later(caplog: pytest.LogCaptureFixture) -> None:
    store = Written()
    recorder = KeyUseRecorder(store)
    store.broken = True
    for key in (KEY, OTHER):
        recorder.note(key, NOON)
    assert not await recorder.write()
    assert "2 last uses" in caplog.text
    store.broken = False
    assert await recorder.write()
    assert store.rounds == [{KEY.id: NOON, OTHER.id: NOON}]


@pytest.mark.anyio
async def test_many_keys_are_written_in_several_rounds_and_then_forgotten() -> None:
    store = Written()
    recorder = KeyUseRecorder(store)
    for number in range(250):
        recorder.note(key_of(ADA, number + 1), NOON)
    recorder.note(key_of(ADA, 251), NOON + 120 * SECOND)
    await recorder.write()
    assert [len(each) for each in store.rounds] == [100, 100, 51]
    assert list(recorder._noted) == [key_of(ADA, 251).id]


@pytest.mark.anyio
async def test_the_rest_is_written_at_the_end() -> None:
    store = Written()
    recorder = KeyUseRecorder(store, pause=60.0)
    async with recorder.running():
        await checkpoint()
        recorder.note(KEY, NOON)
    assert store.rounds == [{KEY.id: NOON}]
