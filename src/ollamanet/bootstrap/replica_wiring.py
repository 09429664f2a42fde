"""What looks after the replicas, joined to the pool: recovery, and what administrators do."""

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from msgspec import UNSET

from ollamanet.application.inference.audited import ReplicaLedger
from ollamanet.application.inference.commands.add_replica import AddReplicaHandler
from ollamanet.application.inference.commands.drain_replica import DrainReplicaHandler
from ollamanet.application.inference.commands.remove_replica import RemoveReplicaHandler
from ollamanet.application.inference.commands.restart_replica import RestartReplicaHandler
from ollamanet.application.inference.commands.restore_replicas import RestoreReplicasHandler
from ollamanet.application.inference.commands.resume_replica import ResumeReplicaHandler
from ollamanet.application.inference.queries.inspect_replicas import InspectReplicasHandler
from ollamanet.application.inference.queries.list_replicas import ListReplicasHandler
from ollamanet.application.inference.recovery_ports import Recoveries, ReplicaLoads
from ollamanet.application.inference.replica_overview import ReplicaOverviews
from ollamanet.application.inference.replica_ports import ReplicaOptions, ReplicaPool
from ollamanet.bootstrap.settings import Settings
from ollamanet.bootstrap.settings_replica_tables import DrivenReplica, ManagedReplica, RestartHookTable
from ollamanet.bootstrap.settings_replicas import PoolSettings
from ollamanet.bootstrap.storage import Storage
from ollamanet.domain.inference.restart_policy import RestartPolicy
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.infrastructure.inference.clean_environment import clean_environment
from ollamanet.infrastructure.inference.hooked_replica import HookedReplica, HookedSpec
from ollamanet.infrastructure.inference.kept_process import ProgramSpec
from ollamanet.infrastructure.inference.managed_process import ManagedProcess, ManagedSpec
from ollamanet.infrastructure.inference.pool_audience import PoolAudience
from ollamanet.infrastructure.inference.replica_recoveries import Recovery, ReplicaRecoveries
from ollamanet.infrastructure.inference.resolved_hosts import ResolvedHosts
from ollamanet.infrastructure.inference.restart_hook import CommandHook, RestartHook, WebhookHook
from ollamanet.infrastructure.inference.sql_replicas import SqlReplicas
from ollamanet.infrastructure.kernel.sql_audit_trail import SqlAuditTrail
from ollamanet.infrastructure.kernel.system_clock import SystemClock, UuidV7Ids
from ollamanet.interfaces.inference.replica_routes import ReplicaUseCases

_LOCAL = "127.0.0.1"


def configured(pool: PoolSettings) -> dict[str, ReplicaOptions]:
    """How each replica of the configuration may be driven, by its URL, in their order."""
    others = {each.url: each for each in pool.options}
    ours = {each.url: each for each in pool.managed}
    return {url: _options(ours.get(url) or others.get(url) or DrivenReplica(), pool) for url in pool.replicas}


def _options(table: DrivenReplica, pool: PoolSettings) -> ReplicaOptions:
    return ReplicaOptions(
        slots=pool.slots_per_model if table.slots is UNSET else table.slots,
        weight=1.0 if table.weight is UNSET else table.weight,
        models=table.model_keys(),
        max_loaded=pool.models_per_replica if table.max_loaded is UNSET else table.max_loaded,
        memory=table.memory_bytes(),
    )


def recoveries(settings: Settings, pool: ReplicaPool) -> ReplicaRecoveries:
    """What keeps the configured replicas running; it works while it is entered.

    Args:
        settings: which we run, and which have hooks.
        pool: has them already, by the URLs of the settings.
    """
    audience, clock = PoolAudience(pool), SystemClock()
    names = {status.url: status.id for status in pool.statuses()}
    logs = settings.server.data_dir / "replicas"
    found: dict[ReplicaId, Recovery] = {}
    for managed in settings.pool.managed:
        replica = names[managed.url]
        found[replica] = ManagedProcess(_managed(managed, replica, logs), audience, clock)
    for table in settings.pool.restart_hooks:
        replica = names[table.replica]
        policy = RestartPolicy(unhealthy_after=table.unhealthy_after_s, start_grace=table.unhealthy_after_s)
        spec = HookedSpec(replica, table.replica, table.interval_s, policy)
        found[replica] = HookedReplica(spec, _hook(table, replica, logs), audience, clock)
    return ReplicaRecoveries(found)


def _managed(table: ManagedReplica, replica: ReplicaId, logs: Path) -> ManagedSpec:
    environment = clean_environment(os.environ, {**table.env, "OLLAMA_HOST": f"{_LOCAL}:{table.port}"})
    command = [argument.replace("{port}", str(table.port)) for argument in table.command]
    program = ProgramSpec(replica, command, environment, _log_of(logs, replica), table.stop_grace_s)
    return ManagedSpec(replica, program, _LOCAL, table.port, RestartPolicy(unhealthy_after=table.unhealthy_after_s))


def _hook(table: RestartHookTable, replica: ReplicaId, logs: Path) -> RestartHook:
    if table.webhook is not UNSET:
        return WebhookHook(table.webhook, table.timeout_s, None if table.token is UNSET else table.token)
    command = () if table.command is UNSET else table.command
    environment = clean_environment(os.environ, table.env)
    program = ProgramSpec(replica, command, environment, _log_of(logs, replica, "-hook"), stop_grace=2.0)
    return CommandHook(program, table.timeout_s)


def _log_of(folder: Path, replica: ReplicaId, suffix: str = "") -> Path:
    return folder / f"{re.sub(r'[^A-Za-z0-9.-]', '_', replica)}{suffix}.log"


@asynccontextmanager
async def administered(
    settings: Settings, storage: Storage, pool: ReplicaPool, loads: ReplicaLoads
) -> AsyncIterator[ReplicaUseCases]:
    """Bring back what administrators did, keep replicas running meanwhile, stop at the end what was started."""
    added = SqlReplicas(storage.database, storage.writer, UuidV7Ids())
    async with recoveries(settings, pool) as recovering:
        for left_out in await RestoreReplicasHandler(pool, added)():
            detail = "the configuration has its name or address too, and is followed"
            structlog.get_logger().warning("replica left out", replica=left_out, detail=detail)
        ledger = ReplicaLedger(SystemClock(), SqlAuditTrail(storage.writer))
        yield _admin(pool, added, loads, recovering, ledger)


def _admin(
    pool: ReplicaPool, added: SqlReplicas, loads: ReplicaLoads, recovering: Recoveries, ledger: ReplicaLedger
) -> ReplicaUseCases:
    overviews = ReplicaOverviews(pool, added, loads, recovering)
    return ReplicaUseCases(
        list_replicas=ListReplicasHandler(pool, loads),
        inspect=InspectReplicasHandler(overviews),
        add=AddReplicaHandler(pool, added, ResolvedHosts(), SystemClock(), ledger),
        drain=DrainReplicaHandler(pool, added, ledger),
        resume=ResumeReplicaHandler(pool, added, ledger),
        restart=RestartReplicaHandler(pool, recovering, ledger),
        remove=RemoveReplicaHandler(pool, added, ledger),
    )
