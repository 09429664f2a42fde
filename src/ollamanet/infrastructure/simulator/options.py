"""What a simulated daemon is made of: its models, its speed and its limits."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

NotNegative = Annotated[float, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]


class ModelSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model: what the daemon says about it, and where it differs from the daemon's own defaults.

    `path` is the way Ollama runs a chat: `native` leaves the template to the child process, `rendered` applies its own.
    `fault` is a fault in the notation of `faults.Fault.parse`, for instance `die-mid-stream:3`.
    """

    name: str
    capabilities: tuple[str, ...] = ("completion", "tools")
    path: Literal["native", "rendered"] = "native"
    family: str = "llama"
    parameter_count: Positive = 8_030_261_248
    quantization: str = "Q4_K_M"
    size: Positive = 4_661_224_676
    trained_context: Positive = 131_072
    embedding_length: Positive = 4096
    num_ctx: Positive | None = None
    system: str = ""
    slots: Positive | None = None
    load_seconds: NotNegative | None = None
    tokens_per_second: NotNegative | None = None
    prompt_tokens_per_second: NotNegative | None = None
    reply_tokens: Positive | None = None
    fault: str = ""


class SimulatorOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A daemon. Rates and times of 0 mean "at once"; `gpu_memory` of 0 means that everything fits.

    A model given by name only takes the traits that its family has in `known_models`; `registry` holds what can be
    pulled beyond the installed models. `reply_tokens` fixes the length of every reply that nothing else ends; 0 lets
    the prompt and the seed decide. Times are seconds, sizes bytes, `port` 0 any free one.
    """

    models: tuple[str | ModelSpec, ...] = ("llama3.2", "qwen3", "gemma3", "nomic-embed-text")
    registry: tuple[str | ModelSpec, ...] = ("tinyllama", "smollm2", "phi4-mini", "all-minilm")
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 11434
    seed: int = 0
    version: str = "0.33.0"
    tokens_per_second: NotNegative = 30.0
    prompt_tokens_per_second: NotNegative = 2000.0
    load_seconds: NotNegative = 1.5
    unload_seconds: NotNegative = 0.2
    slots: Positive = 1
    max_loaded_models: Positive = 3
    max_queue: Annotated[int, Meta(ge=0)] = 512
    keep_alive: float = 300.0
    context_length: Positive = 4096
    gpu_memory: Annotated[int, Meta(ge=0)] = 0
    reply_tokens: Annotated[int, Meta(ge=0)] = 0
    pull_bytes_per_second: Annotated[float, Meta(gt=0)] = 250e6
    progress_seconds: Annotated[float, Meta(gt=0)] = 0.06
    slow_headers_seconds: NotNegative = 3.0
    cloud_disabled: bool = True

    def __post_init__(self) -> None:
        """Refuse what would make the daemon stand still instead of failing.

        Raises:
            ValueError: a limit that must be positive is not, or a rate or time is negative.
        """
        if min(self.slots, self.max_loaded_models, self.context_length) < 1:
            raise ValueError("slots, max_loaded_models and context_length must be at least 1")
        if min(self.tokens_per_second, self.prompt_tokens_per_second, self.load_seconds, self.unload_seconds) < 0:
            raise ValueError("rates and times must not be negative")
        if min(self.pull_bytes_per_second, self.progress_seconds) <= 0:
            raise ValueError("pull_bytes_per_second and progress_seconds must be positive")
