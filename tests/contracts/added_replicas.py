"""What every store of added replicas does; a subclass brings the fixture `added`."""

from datetime import timedelta
from uuid import UUID

import anyio
import pytest
from tests.fakes.identity.fixed_time import NOON

from ollamanet.application.inference.recovery_ports import AddedReplicas
from ollamanet.domain.inference.replica_definition import ReplicaDefinition
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.errors import Conflict
from ollamanet.domain.kernel.ids import UserId

ADMIN_ID = UserId(UUID(int=7))
GPU1 = ReplicaDefinition.parse(
    "https://gpu1.example/ollama", name="gpu1", slots=3, weight=0.25, models=["b", "a"], token="hush"
)
GPU2 = ReplicaDefinition.parse("http://[::1]:11434")


@pytest.mark.anyio
class AddedReplicasContract:
    async def test_replicas_come_back_as_they_were_added_the_oldest_first(self, added: AddedReplicas) -> None:
        assert list(await added.all()) == []
        await added.add(GPU1, by=ADMIN_ID, at=NOON)
        await added.add(GPU2, by=ADMIN_ID, at=NOON + timedelta(seconds=1))

        found = list(await added.all())

        assert found == [GPU1, GPU2]
        assert [each.token for each in found] == ["hush", None]

    async def test_a_name_and_an_address_are_there_once(self, added: AddedReplicas) -> None:
        await added.add(GPU1, by=ADMIN_ID, at=NOON)
        for double, field in (
            (ReplicaDefinition.parse("http://other", name="gpu1"), "name"),
            (ReplicaDefinition.parse(str(GPU1.url), name="other"), "url"),
        ):
            with pytest.raises(Conflict, match=field):
                await added.add(double, by=ADMIN_ID, at=NOON)

        assert list(await added.all()) == [GPU1]

    async def test_of_many_at_once_with_one_name_one_gets_in(self, added: AddedReplicas) -> None:
        refused: list[Conflict] = []

        async def add(number: int) -> None:
            try:
                await added.add(ReplicaDefinition.parse(f"http://gpu{number}", name="gpu"), by=ADMIN_ID, at=NOON)
            except Conflict as refusal:
                refused.append(refusal)

        async with anyio.create_task_group() as group:
            for number in range(5):
                group.start_soon(add, number)

        assert (len(await added.all()), len(refused)) == (1, 4)

    async def test_what_is_removed_is_forgotten_with_its_draining(self, added: AddedReplicas) -> None:
        await added.add(GPU1, by=ADMIN_ID, at=NOON)
        await added.add(GPU2, by=ADMIN_ID, at=NOON)
        for replica in (GPU1, GPU2):
            await added.set_drained(replica.name, drained=True)
        await added.remove(GPU1.name)
        await added.remove(ReplicaId("nobody"))

        assert list(await added.all()) == [GPU2]
        assert await added.drained() == {GPU2.name}

    async def test_draining_is_remembered_of_any_replica_and_as_often_as_one_likes(self, added: AddedReplicas) -> None:
        configured = ReplicaId("127.0.0.1:11434")
        for drained in (True, True, False, False, True):
            await added.set_drained(configured, drained=drained)
            assert await added.drained() == ({configured} if drained else frozenset())
