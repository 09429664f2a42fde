"""What the settings of the replicas mean for each other."""

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass

from msgspec import UNSET, structs

from ollamanet.bootstrap import settings_text as text
from ollamanet.bootstrap.settings_replicas import ManagedReplica, RestartHookTable
from ollamanet.bootstrap.settings_tables import Fault


@dataclass(frozen=True, slots=True)
class PoolParts:
    """What was read of them.

    Attributes:
        replicas: the list of addresses that was given, None where the default stands.
        managed: those that we run.
        hooks: those that others run and that can be restarted.
        own_port: where we listen ourselves.
    """

    replicas: tuple[str, ...] | None
    managed: tuple[ManagedReplica, ...]
    hooks: tuple[RestartHookTable, ...]
    own_port: int

    def settle(self, pool: MutableMapping[str, object]) -> None:
        """Add those that we run to the list of all; where no others were given, they are all."""
        ours = [each.url for each in self.managed]
        if ours:
            pool["replicas"] = tuple(dict.fromkeys((*(self.replicas or ()), *ours)))
        pool["restart_hooks"] = tuple(_normal(hook) for hook in self.hooks)

    def managed_faults(self) -> Iterator[Fault]:
        """Ports that are taken already."""
        taken = {self.own_port: "OllamaNet itself"}
        for index, each in enumerate(self.managed):
            if (by := taken.get(each.port)) is not None:
                yield Fault(f"[{index}] port", f"a port of its own; this one is taken by {by}")
            taken.setdefault(each.port, f"the managed replica [{index}]")

    def hook_faults(self, default: tuple[str, ...]) -> Iterator[Fault]:
        """Hooks of replicas that are not there, are ours, or have one already, and addresses that are none."""
        known = set(self.replicas or ()) | (set() if self.managed else set(default))
        for index, hook in enumerate(self.hooks):
            try:
                replica = text.replica(hook.replica)
            except ValueError as error:
                yield Fault(f"[{index}] replica", str(error))
            else:
                if replica not in known - {each.url for each in self.managed}:
                    yield Fault(f"[{index}] replica", "an address of the list of replicas, that has no other hook")
                known.discard(replica)
            if hook.webhook is not UNSET:
                try:
                    text.http_url(hook.webhook)
                except ValueError as error:
                    yield Fault(f"[{index}] webhook", str(error))


def _normal(hook: RestartHookTable) -> RestartHookTable:
    return structs.replace(hook, replica=text.replica(hook.replica))
