"""The administration of replicas over fakes."""

from tests.fakes.identity.fixed_time import FixedClock
from tests.fakes.inference.memory_pool import MemoryPool
from tests.fakes.inference.memory_replicas import FixedLoads, ListedHosts, MemoryReplicas, ScriptedRecoveries
from tests.fakes.kernel.callers import a_user, an_admin
from tests.fakes.kernel.memory_trail import MemoryTrail

from ollamanet.application.inference.audited import ReplicaLedger
from ollamanet.application.inference.commands.add_replica import AddReplica, AddReplicaHandler
from ollamanet.application.inference.commands.drain_replica import DrainReplicaHandler
from ollamanet.application.inference.commands.remove_replica import RemoveReplicaHandler
from ollamanet.application.inference.commands.restart_replica import RestartReplicaHandler
from ollamanet.application.inference.commands.resume_replica import ResumeReplicaHandler
from ollamanet.application.inference.queries.inspect_replicas import InspectReplicasHandler
from ollamanet.application.inference.queries.list_replicas import ListReplicasHandler
from ollamanet.application.inference.recovery_ports import RecoveryStatus
from ollamanet.application.inference.replica_overview import ReplicaOverviews
from ollamanet.domain.inference.restart_policy import RecoveryState
from ollamanet.domain.inference.tickets import ReplicaId

BOSS, ADA = an_admin(1), a_user(2)
CONFIGURED = ReplicaId("127.0.0.1:11434")
MANAGED = ReplicaId("127.0.0.1:11500")
HOSTS = {
    "gpu1": ["10.0.0.1"],
    "gpu2": ["10.0.0.2", "fd00::2"],
    "metadata.example": ["10.0.0.3", "169.254.169.254"],
}


class ReplicaDesk:
    """A configured replica, a managed one, and every use case."""

    def __init__(self) -> None:
        self.pool = MemoryPool(f"http://{CONFIGURED}", f"http://{MANAGED}")
        self.added, self.loads, self.recoveries = MemoryReplicas(), FixedLoads(), ScriptedRecoveries()
        self.recoveries.known[MANAGED] = RecoveryStatus("process", RecoveryState.RUNNING, 2, "started", None, 4711)
        self.trail = MemoryTrail()
        ledger = ReplicaLedger(FixedClock(), self.trail)
        self.overviews = ReplicaOverviews(self.pool, self.added, self.loads, self.recoveries)
        self.add_replica = AddReplicaHandler(self.pool, self.added, ListedHosts(HOSTS), FixedClock(), ledger)
        self.drain = DrainReplicaHandler(self.pool, self.added, ledger)
        self.resume = ResumeReplicaHandler(self.pool, self.added, ledger)
        self.restart = RestartReplicaHandler(self.pool, self.recoveries, ledger)
        self.remove = RemoveReplicaHandler(self.pool, self.added, ledger)
        self.inspect = InspectReplicasHandler(self.overviews)
        self.list_replicas = ListReplicasHandler(self.pool, self.loads)

    async def add(self, url: str = "http://gpu1:11434", **given: object) -> ReplicaId:
        return await self.add_replica(AddReplica(BOSS, url, **given))
