"""What every pool does for those who look after it; a subclass brings the fixture `pool`, empty, probes not begun."""

import pytest

from ollamanet.application.inference.replica_ports import ReplicaOptions, ReplicaPool
from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.errors import Conflict, NotFound

URL = "http://127.0.0.1:9"
GPU = ReplicaId("gpu")


@pytest.mark.anyio
class ReplicaPoolContract:
    async def test_replicas_are_listed_as_they_came(self, pool: ReplicaPool) -> None:
        options = ReplicaOptions(slots=3, models=frozenset({"a:latest"}))
        assert pool.add(URL, options, replica=GPU) == GPU
        other = pool.add("http://127.0.0.1:10", ReplicaOptions())

        assert [status.id for status in pool.statuses()] == [GPU, other]
        assert other == "127.0.0.1:10"
        assert (pool.status(GPU).url, pool.status(GPU).options) == (URL, options)
        assert not pool.status(GPU).drained

    async def test_a_name_is_there_once(self, pool: ReplicaPool) -> None:
        pool.add(URL, ReplicaOptions(), replica=GPU)
        with pytest.raises(Conflict):
            pool.add("http://127.0.0.1:10", ReplicaOptions(), replica=GPU)

    async def test_draining_holds_until_it_is_ended(self, pool: ReplicaPool) -> None:
        pool.add(URL, ReplicaOptions(), replica=GPU)
        for _ in range(2):
            pool.drain(GPU, "maintenance")
            assert (pool.status(GPU).drained, pool.status(GPU).health) == (True, Health.DRAINING)
        for _ in range(2):
            pool.resume(GPU)
            assert not pool.status(GPU).drained
            assert pool.status(GPU).health is not Health.DRAINING

    async def test_what_died_is_not_well_until_it_answers(self, pool: ReplicaPool) -> None:
        pool.add(URL, ReplicaOptions(), replica=GPU)
        pool.gone(GPU, "it was killed")
        pool.restarted(GPU)

        assert pool.status(GPU).health is not Health.HEALTHY

    async def test_what_was_removed_is_gone(self, pool: ReplicaPool) -> None:
        pool.add(URL, ReplicaOptions(), replica=GPU)
        await pool.remove(GPU)

        assert pool.statuses() == ()
        pool.add(URL, ReplicaOptions(), replica=GPU)

    async def test_what_is_not_there_is_not_found(self, pool: ReplicaPool) -> None:
        for ask in (pool.status, pool.resume, pool.restarted):
            with pytest.raises(NotFound):
                ask(GPU)
        with pytest.raises(NotFound):
            pool.drain(GPU, "maintenance")
        with pytest.raises(NotFound):
            pool.gone(GPU, "dead")
        with pytest.raises(NotFound):
            await pool.remove(GPU)
