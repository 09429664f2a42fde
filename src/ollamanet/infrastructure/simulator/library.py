"""The models that the daemon has, and those that its registry would give."""

import random
import time
from collections.abc import Iterable
from dataclasses import replace

from ollamanet.infrastructure.simulator.faults import fault_named_by
from ollamanet.infrastructure.simulator.installed import Installed, weights_of
from ollamanet.infrastructure.simulator.known_models import spec_of
from ollamanet.infrastructure.simulator.model_names import ModelName
from ollamanet.infrastructure.simulator.options import ModelSpec, SimulatorOptions

_SECOND = 1_000_000_000


class Library:
    """Installed models by name, whatever its spelling; a name that asks for a fault is always there, unlisted."""

    def __init__(self, options: SimulatorOptions) -> None:
        """Args: options: `models` are installed at once, `models` and `registry` can be pulled."""
        self._installed: dict[str, Installed] = {}
        self._registry: dict[str, ModelSpec] = {}
        self._shuffle = random.Random(options.seed)  # noqa: S311 - the order of ties, nothing secret
        for model in (*options.models, *options.registry):
            spec = spec_of(model)
            self._registry[_key(spec.name)] = spec
        for model in options.models:
            self.install(spec_of(model))

    def find(self, name: str) -> Installed | None:
        """Look a model up; None for an unknown one and for a name that is not valid."""
        parsed = ModelName.parse(name)
        if parsed is None:
            return None
        if (installed := self._installed.get(parsed.key)) is not None:
            return installed
        if fault_named_by(parsed) is None:
            return None
        spec = ModelSpec(name=parsed.short, path="rendered")
        return Installed(parsed.short, spec, weights_of(spec), 0)

    def in_registry(self, name: ModelName) -> ModelSpec | None:
        """What the registry would give under this name."""
        if fault_named_by(name) is not None:
            return ModelSpec(name=name.short, path="rendered")
        return self._registry.get(name.key)

    def install(self, spec: ModelSpec) -> Installed:
        """Write a manifest for a pulled model."""
        parsed = ModelName.parse(spec.name)
        name = parsed.short if parsed else spec.name
        license_text = f"Simulated licence of the {spec.family} family."
        installed = Installed(name, spec, weights_of(spec), time.time_ns(), system=spec.system, license=license_text)
        return self.put(installed)

    def put(self, installed: Installed) -> Installed:
        """Write a manifest, over whatever had its name."""
        self._installed[_key(installed.name)] = installed
        return installed

    def copy(self, source: Installed, destination: ModelName) -> None:
        """Give a model a second name."""
        self.put(replace(source, name=destination.short, modified=time.time_ns()))

    def remove(self, name: str) -> bool:
        """Forget a name; whether it was known."""
        return self._installed.pop(_key(name), None) is not None

    def has_weights(self, weights: str) -> bool:
        """Whether any installed model uses this blob."""
        return any(model.weights == weights for model in self._installed.values())

    def listed(self) -> Iterable[Installed]:
        """All models, the last modified first; ties of one second come in another order at each call."""
        models = list(self._installed.values())
        self._shuffle.shuffle(models)
        return sorted(models, key=lambda model: -(model.modified // _SECOND))


def _key(name: str) -> str:
    parsed = ModelName.parse(name)
    return parsed.key if parsed else name.lower()
