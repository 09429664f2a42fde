"""The traits that well-known model families have, so that `--models qwen3,llava` behaves as its names promise."""

from collections.abc import Mapping
from typing import Final

from ollamanet.infrastructure.simulator.faults import Fault
from ollamanet.infrastructure.simulator.model_names import ModelName
from ollamanet.infrastructure.simulator.options import ModelSpec

_GENERIC: Final = ModelSpec(name="")
_EMBEDDER: Final = ModelSpec(
    name="",
    capabilities=("embedding",),
    family="nomic-bert",
    parameter_count=136_727_040,
    quantization="F16",
    size=274_302_450,
    trained_context=2048,
    embedding_length=768,
)
_FAMILIES: Final[Mapping[str, ModelSpec]] = {
    "llama3": ModelSpec(name="", parameter_count=3_212_749_888, size=2_019_393_189, embedding_length=3072),
    "llava": ModelSpec(name="", capabilities=("completion", "vision"), path="rendered", trained_context=32_768),
    "qwen3": ModelSpec(
        name="",
        capabilities=("completion", "tools", "thinking"),
        path="rendered",
        family="qwen3",
        trained_context=40_960,
    ),
    "qwen2.5-coder": ModelSpec(
        name="", capabilities=("completion", "tools", "insert"), path="rendered", family="qwen2", trained_context=32_768
    ),
    "gpt-oss": ModelSpec(
        name="", capabilities=("completion", "tools", "thinking"), path="rendered", family="gptoss", size=13_793_441_244
    ),
    "deepseek-r1": ModelSpec(name="", capabilities=("completion", "thinking"), family="qwen2"),
    "gemma3": ModelSpec(name="", capabilities=("completion", "vision"), family="gemma3", size=3_338_801_804),
    "nomic-embed": _EMBEDDER,
    "mxbai-embed": _EMBEDDER,
    "all-minilm": _EMBEDDER,
    "bge-": _EMBEDDER,
    "tinyllama": ModelSpec(name="", capabilities=("completion",), parameter_count=1_100_048_384, size=637_700_138),
    "smollm2": ModelSpec(name="", parameter_count=1_711_376_384, size=1_820_572_800, trained_context=8192),
}


def spec_of(model: str | ModelSpec) -> ModelSpec:
    """Give a model its traits.

    Args:
        model: a spec, taken as it is, or a name whose family is looked up, the longest match first.

    Raises:
        ValueError: the name is not one that Ollama would accept, or the fault does not exist.
    """
    spec = model if isinstance(model, ModelSpec) else None
    name = ModelName.parse(spec.name if spec else str(model))
    if name is None:
        raise ValueError(f"not a model name: {spec.name if spec else model!r}")
    if spec is not None:
        if spec.fault and Fault.parse(spec.fault) is None:
            raise ValueError(f"not a fault: {spec.fault!r}")
        return spec
    families = sorted((family for family in _FAMILIES if name.model.startswith(family)), key=len)
    traits = _FAMILIES[families[-1]] if families else _GENERIC
    return _renamed(traits, name.short)


def _renamed(spec: ModelSpec, name: str) -> ModelSpec:
    fields = {field: getattr(spec, field) for field in spec.__struct_fields__}
    return ModelSpec(**(fields | {"name": name}))
