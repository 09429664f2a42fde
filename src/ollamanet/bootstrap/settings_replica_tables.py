"""Tables of settings about single replicas: how one may be driven, which ones we run, what restarts those of others."""

from collections.abc import Iterator
from math import inf
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from ollamanet.bootstrap import settings_text as text
from ollamanet.domain.inference.replica_definition import MOST_SLOTS, MOST_WEIGHT
from ollamanet.infrastructure.inference import models_file_values as values

Port = Annotated[int, Meta(ge=1, le=65535)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Slots = Annotated[int, Meta(ge=1, le=MOST_SLOTS)]
Weight = Annotated[float, Meta(gt=0, le=MOST_WEIGHT)]
Argument = Annotated[str, Meta(min_length=1, max_length=4096, pattern=r"^[^\x00]*\Z")]
Variable = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*\Z")]
Address = Annotated[str, Meta(min_length=1, max_length=1000)]
Token = Annotated[str, Meta(min_length=1, max_length=1000, pattern=r"^[\x21-\x7e]+\Z")]
_MASK = "***"


class ReplicaTable(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One table; printing it shows no secret."""

    def masked(self) -> dict[str, Any]:
        """What may be shown of it: values of the environment and tokens may be secrets, addresses may hold some."""
        shown = {key: value for key, value in structs.asdict(self).items() if value is not UNSET and value != {}}
        if "env" in shown:
            shown["env"] = dict.fromkeys(shown["env"], _MASK)
        return shown | {key: _MASK for key in ("token", "webhook") if key in shown}

    @property
    def has_secrets(self) -> bool:
        """Whether it has anything that `masked` hides."""
        return bool({"env", "token", "webhook"} & self.masked().keys())

    def mistake(self) -> str | None:
        """What of it does not go together, told as what was expected."""
        return None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.masked()!r})"


class DrivenReplica(ReplicaTable, frozen=True, kw_only=True):
    """How one replica may be driven; what is not given is as for all of them.

    Attributes:
        slots: requests that one loaded model serves at once.
        weight: how fast it is taken to be until it is measured, relative to the others.
        models: those that it may be used for.
        max_loaded: models that may be loaded at once.
        memory: size of the memory for loaded models, such as `24GB`.
    """

    slots: Slots | UnsetType = UNSET
    weight: Weight | UnsetType = UNSET
    models: Annotated[tuple[Argument, ...], Meta(min_length=1)] | UnsetType = UNSET
    max_loaded: Slots | UnsetType = UNSET
    memory: Argument | UnsetType = UNSET

    def model_keys(self) -> frozenset[str] | None:
        """The models that it may be used for, by `ModelName.key`; None for all.

        Raises:
            ValueError: says what was expected.
        """
        return None if self.models is UNSET else frozenset(values.model(each).key for each in self.models)

    def memory_bytes(self) -> float:
        """Bytes for loaded models; infinite where nothing is said.

        Raises:
            ValueError: says what was expected.
        """
        if self.memory is UNSET:
            return inf
        if not (size := values.memory(self.memory)):
            raise ValueError("a size of memory of more than nothing")
        return size

    def misread(self) -> Iterator[tuple[str, str]]:
        """Every key whose text means nothing, and what was expected there."""
        for key, read in (("models", self.model_keys), ("memory", self.memory_bytes)):
            try:
                read()
            except ValueError as error:
                yield key, str(error)


class ReplicaOptionsTable(DrivenReplica, frozen=True, kw_only=True):
    """How a replica that others run may be driven.

    Attributes:
        replica: its address, as in the list of replicas.
    """

    replica: Address

    @property
    def url(self) -> str:
        """Its base URL, in the form that all replicas have.

        Raises:
            ValueError: it is no address; says what was expected.
        """
        return text.replica(self.replica)

    def mistake(self) -> str | None:
        """What of it does not go together, told as what was expected."""
        return None if len(self.masked()) > 1 else "one or more of slots, weight, models, max_loaded, memory"


class ManagedReplica(DrivenReplica, frozen=True, kw_only=True):
    """A daemon that OllamaNet runs on this machine, at 127.0.0.1.

    Attributes:
        port: where it listens; told by `OLLAMA_HOST`, and by `{port}` in the command.
        command: program and arguments.
        env: further variables of its environment.
        unhealthy_after_s: seconds unwell after which it is started again.
        stop_grace_s: seconds between SIGTERM and SIGKILL.
    """

    port: Port
    command: Annotated[tuple[Argument, ...], Meta(min_length=1)] = ("ollama", "serve")
    env: dict[Variable, Argument] = {}
    unhealthy_after_s: Seconds = 30.0
    stop_grace_s: Seconds = 10.0

    @property
    def url(self) -> str:
        """Its base URL, in the form that all replicas have."""
        return f"http://127.0.0.1:{self.port}"

    def mistake(self) -> str | None:
        """What of it does not go together, told as what was expected."""
        if "OLLAMA_HOST" in self.env:
            return "no OLLAMA_HOST in env: it is made of the port"
        return None


class RestartHookTable(ReplicaTable, frozen=True, kw_only=True):
    """How a replica that others run can be restarted: by a command or a webhook.

    Attributes:
        replica: its address, as in the list of replicas.
        command: program and arguments.
        env: further variables of its environment.
        webhook: an address that gets a POST.
        token: bearer token for the webhook.
        timeout_s: seconds that either may take.
        interval_s: seconds between two runs.
        unhealthy_after_s: seconds unwell after which it runs.
    """

    replica: Address
    command: Annotated[tuple[Argument, ...], Meta(min_length=1)] | UnsetType = UNSET
    env: dict[Variable, Argument] = {}
    webhook: Address | UnsetType = UNSET
    token: Token | UnsetType = UNSET
    timeout_s: Seconds = 60.0
    interval_s: Seconds = 60.0
    unhealthy_after_s: Seconds = 30.0

    def mistake(self) -> str | None:
        """What of it does not go together, told as what was expected."""
        if (self.command is UNSET) == (self.webhook is UNSET):
            return "either a command or a webhook"
        if self.token is not UNSET and self.webhook is UNSET:
            return "a token only beside a webhook"
        if self.env and self.command is UNSET:
            return "env only beside a command"
        return None
