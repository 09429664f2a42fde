"""The settings of the replicas."""

from typing import Annotated

from msgspec import Meta

from ollamanet.bootstrap import settings_text as text
from ollamanet.bootstrap.settings_origin import Concern, From
from ollamanet.bootstrap.settings_replica_tables import ManagedReplica, ReplicaOptionsTable, RestartHookTable

Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Count = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Word = Annotated[str, Meta(min_length=1, pattern=r"^[\x21-\x7e]+\Z")]


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
            "`unhealthy_after_s`, `stop_grace_s`, and all that `OLLAMANET_REPLICA_OPTIONS` has but `replica`; "
            "in the environment as JSON",
        ),
    ] = ()
    options: Annotated[
        tuple[ReplicaOptionsTable, ...],
        From(
            "OLLAMANET_REPLICA_OPTIONS",
            "how single replicas of the list may be driven, as tables of `replica` with `slots`, `weight`, `models`, "
            "`max_loaded`, `memory` (such as `24GB`); in the environment as JSON",
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
