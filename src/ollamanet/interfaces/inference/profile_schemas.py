"""The active profile at the wire; sizes are in bytes, times in seconds."""

import msgspec

from ollamanet.application.inference.queries.get_active_profile import ClassBounds, KeptWarm, ProfileAccount
from ollamanet.domain.inference.hardware_profile import Hardware
from ollamanet.domain.inference.model_profile import ModelProfile


class GpuView(msgspec.Struct):
    """A graphics card of the machine that OllamaNet runs on."""

    name: str
    memory_bytes: int


class HardwareView(msgspec.Struct):
    """What the choice is based on; `stated_gpu_memory_bytes` is what an operator said."""

    gpus: list[GpuView]
    system_memory_bytes: int | None
    stated_gpu_memory_bytes: int | None
    remote_replicas: list[str]

    @classmethod
    def of(cls, hardware: Hardware) -> "HardwareView":
        """As it was found."""
        gpus = [GpuView(gpu.name, gpu.memory) for gpu in hardware.gpus]
        return cls(gpus, hardware.system_memory, hardware.stated, list(hardware.remote))


class ModelSettingsView(msgspec.Struct):
    """How a model is run; null is left to Ollama, a negative `keep_alive_s` is for ever."""

    prompt_tokens: int
    overflow: str
    num_ctx: int | None
    slots: int | None
    keep_alive_s: float | None
    expected_output: int

    @classmethod
    def of(cls, profile: ModelProfile) -> "ModelSettingsView":
        """In force."""
        return cls(
            profile.prompt_tokens,
            profile.overflow.value,
            profile.num_ctx,
            profile.slots,
            profile.keep_alive,
            profile.expected_output,
        )


class NamedModelView(msgspec.Struct):
    """A model that the profile names, as `name:tag`, or as `name` for all its tags."""

    name: str
    settings: ModelSettingsView


class ClassView(msgspec.Struct):
    """The deadlines of a workload class."""

    name: str
    queue_timeout_s: float
    total_timeout_s: float

    @classmethod
    def of(cls, bounds: ClassBounds) -> "ClassView":
        """In force."""
        return cls(bounds.workload.value, bounds.queue, bounds.total)


class WarmthView(msgspec.Struct):
    """How far a model is on a replica.

    `unknown`, `not_installed`, `waiting`, `loading`, `warm`, `failed` or `does_not_fit`; `detail` says why.
    """

    replica: str
    state: str
    detail: str | None


class PrewarmedView(msgspec.Struct):
    """A model that is loaded at start and kept loaded."""

    name: str
    replicas: list[WarmthView]

    @classmethod
    def of(cls, kept: KeptWarm) -> "PrewarmedView":
        """As it is now."""
        replicas = [WarmthView(each.replica, each.state.value, each.detail) for each in kept.replicas]
        return cls(str(kept.model), replicas)


class PrewarmView(msgspec.Struct):
    """Whether models are kept loaded, and which."""

    enabled: bool
    models: list[PrewarmedView]


class ProfileView(msgspec.Struct):
    """The profile in force: which of `profiles`, why, and what follows from it."""

    name: str
    why: str
    profiles: list[str]
    shipped: bool
    hardware: HardwareView
    default: ModelSettingsView
    models: list[NamedModelView]
    classes: list[ClassView]
    prewarm: PrewarmView

    @classmethod
    def of(cls, account: ProfileAccount) -> "ProfileView":
        """As it is now."""
        return cls(
            name=account.choice.profile.name,
            why=account.choice.why,
            profiles=list(account.profiles),
            shipped=account.shipped,
            hardware=HardwareView.of(account.hardware),
            default=ModelSettingsView.of(account.default),
            models=[NamedModelView(name, ModelSettingsView.of(profile)) for name, profile in account.models],
            classes=[ClassView.of(each) for each in account.classes],
            prewarm=PrewarmView(account.keeps_warm, [PrewarmedView.of(each) for each in account.warm]),
        )
