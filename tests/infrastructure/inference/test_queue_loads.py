"""What the queue tells those who look after replicas and models."""

from uuid import UUID

import pytest
from tests.fakes.kernel.virtual_time import LoopClock

from ollamanet.domain.inference.capacity import Health, ReplicaSpec
from ollamanet.domain.inference.scheduling_policy import SchedulingPolicy
from ollamanet.domain.inference.tickets import ReplicaId, Ticket, WorkloadClass
from ollamanet.domain.kernel.ids import RequestId, UserId
from ollamanet.infrastructure.inference.queue_loads import QueueLoads
from ollamanet.infrastructure.inference.scheduled_admission import ScheduledAdmission

GPU1, GPU2 = ReplicaId("gpu1"), ReplicaId("gpu2")
LLAMA, QWEN = "llama3:latest", "qwen3:8b"


def ticket(name: str, model: str) -> Ticket:
    return Ticket(RequestId(name), UserId(UUID(int=1)), model, WorkloadClass.INTERACTIVE, 10)


@pytest.mark.anyio
async def test_tells_what_runs_where_and_what_is_waited_for() -> None:
    queue = ScheduledAdmission(SchedulingPolicy(), LoopClock())
    loads = QueueLoads(queue)
    queue.put_replica(ReplicaSpec(GPU1, {LLAMA: 1, QWEN: 1}, slots=2), Health.HEALTHY)
    queue.put_replica(ReplicaSpec(GPU2, {LLAMA: 1}), Health.DOWN)
    places = [queue.enter(ticket(name, LLAMA)) for name in ("a", "b", "c")]

    assert [loads.in_flight(replica) for replica in (GPU1, GPU2, ReplicaId("gpu3"))] == [2, 0, 0]
    assert [set(loads.in_use(replica)) for replica in (GPU1, GPU2)] == [{LLAMA}, {LLAMA}]
    assert [loads.is_known(model) for model in (LLAMA, QWEN, "mistral:latest")] == [True, True, False]

    places.pop().leave()
    assert [set(loads.in_use(replica)) for replica in (GPU1, GPU2)] == [{LLAMA}, set()]
    for place in places:
        place.leave()
    assert (loads.in_flight(GPU1), set(loads.in_use(GPU1))) == (0, set())
    queue.stop()
