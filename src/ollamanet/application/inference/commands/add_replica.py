"""An administrator adds a replica while the service runs."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ollamanet.application.inference.audited import Audited, ReplicaLedger, shown
from ollamanet.application.inference.recovery_ports import AddedReplicas, HostAddresses
from ollamanet.application.inference.replica_ports import ReplicaOptions, ReplicaPool
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.clock import Clock
from ollamanet.application.kernel.uncancelled import uncancelled
from ollamanet.domain.inference.replica_definition import ReplicaDefinition, path_id
from ollamanet.domain.inference.replica_url import check_address
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.errors import Conflict
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class AddReplica(Audited):
    """What the administrator gave, unchecked; see `ReplicaDefinition`."""

    actor: Actor
    url: str
    name: str | None = None
    slots: int = 1
    weight: float = 1.0
    models: Sequence[str] = ()
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AddReplicaHandler:
    """Stores the replica and gives it to the pool, which probes it before it gets work."""

    pool: ReplicaPool
    added: AddedReplicas
    hosts: HostAddresses
    clock: Clock
    ledger: ReplicaLedger

    async def __call__(self, command: AddReplica) -> ReplicaId:
        """Add it.

        Raises:
            Forbidden: the caller may not change the system.
            InvalidRequest: a field is not what its rule says, or the address must not be asked.
            Conflict: the name or the address is there.
        """
        command.actor.require(Permission.SYSTEM_WRITE)
        replica = ReplicaDefinition.parse(
            command.url,
            name=command.name,
            slots=command.slots,
            weight=command.weight,
            models=command.models,
            token=command.token,
        )
        for address in await self.hosts.of(replica.url.host):
            check_address(address)
        self._refuse_doubles(replica)
        # Both or neither: a caller who leaves in between must not leave a replica that only a restart brings in.
        await uncancelled(self._take_in(replica, command))
        return replica.name

    def _refuse_doubles(self, replica: ReplicaDefinition) -> None:
        for status in self.pool.statuses():
            if path_id(status.id) == path_id(replica.name):
                raise Conflict("name: there is a replica of this name")
            if status.url == str(replica.url):
                raise Conflict("url: there is a replica at this address")

    async def _take_in(self, replica: ReplicaDefinition, command: AddReplica) -> None:
        entry = self.ledger.entry("added", replica.name, command, after=shown(replica))
        await self.added.add(replica, by=command.actor.user_id, at=self.clock.now(), audit=[entry])
        try:
            give(self.pool, replica)
        except Conflict:
            # Meanwhile another way in was faster.
            taken_back = self.ledger.entry("removed", replica.name, command, before=shown(replica))
            await self.added.remove(replica.name, audit=[taken_back])
            raise


def give(pool: ReplicaPool, replica: ReplicaDefinition) -> None:
    """Give the replica to the pool.

    Raises:
        Conflict: it has one of that name.
    """
    models = frozenset(replica.models) or None
    options = ReplicaOptions(slots=replica.slots, weight=replica.weight, models=models)
    pool.add(str(replica.url), options, token=replica.token, replica=replica.name)
