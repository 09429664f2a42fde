"""A model on the daemon's disk: a name, its weights and what its manifest adds to them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from ollamanet.infrastructure.simulator.go_json import encode
from ollamanet.infrastructure.simulator.options import ModelSpec


@dataclass(frozen=True, slots=True)
class Installed:
    """`weights` is the blob that runners are keyed by, so that two names over one blob share a runner.

    `modified` is a Unix time in nanoseconds. `system`, `template`, `license`, `parameters` and `messages` are what the
    Modelfile says.
    """

    name: str
    spec: ModelSpec
    weights: str
    modified: int
    system: str = ""
    template: str = "{{ .Prompt }}"
    license: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)
    messages: tuple[Mapping[str, object], ...] = ()

    @property
    def digest(self) -> str:
        """The manifest's digest: 64 hex digits, equal for copies."""
        manifest = [self.weights, self.system, self.template, self.license, self.parameters, self.messages]
        return hashlib.sha256(encode(manifest)).hexdigest()


def weights_of(spec: ModelSpec) -> str:
    """The digest of a model's weights, made up from its name: 64 hex digits."""
    return hashlib.sha256(f"weights of {spec.name}".encode()).hexdigest()
