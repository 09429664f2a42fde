"""What the settings of the replicas mean for each other."""

from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Final

from msgspec import UNSET, structs

from ollamanet.bootstrap import settings_text as text
from ollamanet.bootstrap.settings_replica_tables import (
    DrivenReplica,
    ManagedReplica,
    ReplicaOptionsTable,
    RestartHookTable,
)
from ollamanet.bootstrap.settings_tables import Fault

_OPTIONS: Final = "options (those of a managed replica stand in its own table)"


@dataclass(frozen=True, slots=True)
class PoolParts:
    """What was read of them.

    Attributes:
        replicas: the list of addresses that was given, None where the default stands.
        managed: those that we run.
        options: how single ones of those that others run may be driven.
        hooks: those that others run and that can be restarted.
        own_port: where we listen ourselves.
    """

    replicas: tuple[str, ...] | None
    managed: tuple[ManagedReplica, ...]
    options: tuple[ReplicaOptionsTable, ...]
    hooks: tuple[RestartHookTable, ...]
    own_port: int

    def settle(self, pool: MutableMapping[str, object]) -> None:
        """Add those that we run to the list of all; where no others were given, they are all."""
        ours = [each.url for each in self.managed]
        if ours:
            pool["replicas"] = tuple(dict.fromkeys((*(self.replicas or ()), *ours)))
        pool["restart_hooks"] = tuple(structs.replace(hook, replica=text.replica(hook.replica)) for hook in self.hooks)
        pool["options"] = tuple(structs.replace(each, replica=each.url) for each in self.options)

    def managed_faults(self) -> Iterator[Fault]:
        """Ports that are taken already, and texts that mean nothing."""
        taken = {self.own_port: "OllamaNet itself"}
        for index, each in enumerate(self.managed):
            if (by := taken.get(each.port)) is not None:
                yield Fault(f"[{index}] port", f"a port of its own; this one is taken by {by}")
            taken.setdefault(each.port, f"the managed replica [{index}]")
            yield from _misread(index, each)

    def option_faults(self, default: tuple[str, ...]) -> Iterator[Fault]:
        """Options of replicas that are not there, are ours, or have some already, and texts that mean nothing."""
        yield from self._strangers([each.replica for each in self.options], default, _OPTIONS)
        for index, each in enumerate(self.options):
            yield from _misread(index, each)

    def hook_faults(self, default: tuple[str, ...]) -> Iterator[Fault]:
        """Hooks of replicas that are not there, are ours, or have one already, and addresses that are none."""
        yield from self._strangers([hook.replica for hook in self.hooks], default, "hook")
        for index, hook in enumerate(self.hooks):
            if hook.webhook is not UNSET:
                try:
                    text.http_url(hook.webhook)
                except ValueError as error:
                    yield Fault(f"[{index}] webhook", str(error))

    def _strangers(self, addresses: Iterable[str], default: tuple[str, ...], what: str) -> Iterator[Fault]:
        known = set(self.replicas or ()) | (set() if self.managed else set(default))
        known -= {each.url for each in self.managed}
        for index, address in enumerate(addresses):
            try:
                replica = text.replica(address)
            except ValueError as error:
                yield Fault(f"[{index}] replica", str(error))
            else:
                if replica not in known:
                    yield Fault(f"[{index}] replica", f"an address of the list of replicas, that has no other {what}")
                known.discard(replica)


def _misread(index: int, table: DrivenReplica) -> Iterator[Fault]:
    for key, expected in table.misread():
        yield Fault(f"[{index}] {key}", expected)
