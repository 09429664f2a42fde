"""Another key signs from now on, and the trail knows it first."""

import pytest
from tests.fakes.identity.fixed_time import NOON, FixedClock

from ollamanet.application.identity.commands.rotate_keys import DraftedKey, Rotated, RotateKeys, RotateKeysHandler
from ollamanet.application.kernel.audit import OPERATOR, AuditEntry
from ollamanet.domain.kernel.errors import StorageUnavailable

pytestmark = pytest.mark.anyio


class Story:
    """A store of keys and a trail, which tell what happened in which order."""

    def __init__(self, *, trail_works: bool = True) -> None:
        self.happened: list[object] = []
        self.trail_works = trail_works

    def draft(self) -> DraftedKey:
        return DraftedKey("new", "old", b"secret")

    def put(self, draft: DraftedKey, *, drop_others: bool) -> int:
        self.happened.append((draft.kid, drop_others))
        return 1

    async def record(self, *entries: AuditEntry) -> None:
        if not self.trail_works:
            raise StorageUnavailable("the disk is full")
        self.happened += entries


async def test_a_rotation_is_recorded_and_then_done() -> None:
    story = Story()

    assert await RotateKeysHandler(story, story, FixedClock())(RotateKeys(drop_others=True)) == Rotated("new", 1)

    entry, done = story.happened
    assert done == ("new", True)
    assert isinstance(entry, AuditEntry)
    assert (entry.action, entry.by, entry.at) == ("signing_key.rotated", OPERATOR, NOON)
    assert (entry.target, dict(entry.before)) == ("signing_key:new", {"kid": "old"})
    assert entry.after == {"kid": "new", "others_dropped": True}
    assert "secret" not in repr(entry)


async def test_without_a_record_there_is_no_rotation() -> None:
    story = Story(trail_works=False)
    with pytest.raises(StorageUnavailable):
        await RotateKeysHandler(story, story, FixedClock())(RotateKeys())
    assert story.happened == []
