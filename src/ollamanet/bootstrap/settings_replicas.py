"""The settings of the replicas; those that we run, and hooks that restart those of others, are tables."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from ollamanet.bootstrap import settings_text as text
from ollamanet.bootstrap.settings_origin import Concern, From

Port = Annotated[int, Meta(ge=1, le=65535)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Argument = Annotated[str, Meta(min_length=1, max_length=4096, pattern=r"^[^\x00]*\Z")]
Variable = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*\Z")]
Address = Annotated[str, Meta(min_length=1, max_length=1000)]
Count = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Word = Annotated[str, Meta(min_length=1, pattern=r"^[\x21-\x7e]+\Z")]
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


class ManagedReplica(ReplicaTable, frozen=True, kw_only=True):
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


class PoolSettings(Concern, frozen=True, kw_only=True):
    """The Ollama replicas, and how hard they may be driven."""

    replicas: Annotated[
        tuple[str, ...],
        Meta(min_length=1),
        From(
            "OLLAMA_BASE_URLS",
            "Ollama servers, separated by `;`, spelled as Ollama does (`gpu1`, `gpu1:11434`, `https://host/path`)",
            also=("OLLAMA_HOST",),
            check=text.replica,
        ),
    ] = ("http://127.0.0.1:11434",)
    managed: Annotated[
        tuple[ManagedReplica, ...],
        From(
            "OLLAMANET_MANAGED_REPLICAS",
            "daemons on this machine that OllamaNet itself runs, as tables of `port`, `command`, `env`, "
            "`unhealthy_after_s`, `stop_grace_s`; in the environment as JSON",
        ),
    ] = ()
    restart_hooks: Annotated[
        tuple[RestartHookTable, ...],
        From(
            "OLLAMANET_RESTART_HOOKS",
            "what restarts a replica that others run, as tables of `replica` with `command` and `env` or `webhook` and "
            "`token`, and `timeout_s`, `interval_s`, `unhealthy_after_s`; in the environment as JSON",
        ),
    ] = ()
    replica_token: Annotated[
        Word | None,
        From("OLLAMANET_REPLICA_TOKEN", "bearer token sent to every replica", secret=True),
    ] = None
    slots_per_model: Annotated[
        Count,
        From(
            "OLLAMANET_SLOTS_PER_MODEL",
            "requests that a replica runs at once for each loaded model: its `OLLAMA_NUM_PARALLEL`",
        ),
    ] = 1
    models_per_replica: Annotated[
        Count,
        From(
            "OLLAMANET_MODELS_PER_REPLICA", "models that a replica keeps loaded at once: its `OLLAMA_MAX_LOADED_MODELS`"
        ),
    ] = 3
    allow_cloud_models: Annotated[
        bool,
        From("OLLAMANET_ALLOW_CLOUD_MODELS", "models of Ollama's cloud (`...:cloud`, `...-cloud`) may be asked"),
    ] = False
    connect_timeout_s: Annotated[Seconds, From("OLLAMANET_CONNECT_TIMEOUT_S", "seconds to reach a replica")] = 5.0
    first_token_timeout_s: Annotated[
        Seconds, From("OLLAMANET_FIRST_TOKEN_TIMEOUT_S", "seconds to load the model and read the prompt")
    ] = 120.0
    silence_timeout_s: Annotated[
        Seconds, From("OLLAMANET_SILENCE_TIMEOUT_S", "longest pause between two tokens, in seconds")
    ] = 60.0
