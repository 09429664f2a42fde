"""How `/api/tags`, `/api/show` and `/api/ps` describe a model."""

import math
import time
from typing import Final

import msgspec

from ollamanet.infrastructure.simulator.go_json import without_zeros
from ollamanet.infrastructure.simulator.go_time import FOREVER_SECONDS, NANOSECONDS, local_stamp
from ollamanet.infrastructure.simulator.installed import Installed
from ollamanet.infrastructure.simulator.options import ModelSpec
from ollamanet.infrastructure.simulator.runner import Runner

_NAME_COLUMNS: Final = 30
_BILLION: Final = 1e9
_FROM_CHAT_TEMPLATE: Final = frozenset(("tools", "thinking"))
_TOKENIZER_LISTS: Final = ("tokenizer.ggml.merges", "tokenizer.ggml.token_type", "tokenizer.ggml.tokens")


def tag_view(installed: Installed) -> dict[str, object]:
    """An entry of `/api/tags`, which does not know what only the chat template of a native model shows."""
    spec = installed.spec
    hidden = _FROM_CHAT_TEMPLATE if spec.path == "native" else frozenset()
    lengths = {"context_length": spec.trained_context, "embedding_length": spec.embedding_length}
    return {
        "name": installed.name,
        "model": installed.name,
        "modified_at": local_stamp(installed.modified),
        "size": spec.size,
        "digest": installed.digest,
        "details": _details(spec) | lengths,
        "capabilities": [capability for capability in spec.capabilities if capability not in hidden],
    }


def show_view(installed: Installed, *, verbose: bool) -> dict[str, object]:
    """The body of `/api/show`; long lists are null unless it is verbose."""
    parameters = _parameters_text(installed)
    optional = without_zeros(
        {
            "license": installed.license,
            "modelfile": _modelfile(installed, parameters),
            "parameters": parameters,
            "template": installed.template,
            "system": installed.system,
            "messages": list(installed.messages),
        }
    )
    if "vision" in installed.spec.capabilities:
        optional["projector_info"] = {"general.architecture": "clip", "clip.vision.image_size": 896}
    return optional | {
        "details": _details(installed.spec),
        "model_info": _model_info(installed.spec, verbose=verbose),
        "tensors": [{"name": "token_embd.weight", "type": "Q4_K", "shape": [installed.spec.embedding_length, 32]}],
        "capabilities": list(installed.spec.capabilities),
        "modified_at": local_stamp(installed.modified),
    }


def running_view(runner: Runner, *, now: float, gpu_memory: int) -> dict[str, object]:
    """An entry of `/api/ps`.

    Args:
        runner: a loaded one.
        now: seconds of the loop's clock, as `expires_in` takes them.
        gpu_memory: bytes, 0 for no limit; what does not fit is counted as CPU memory.
    """
    spec = runner.installed.spec
    on_gpu = 0 if runner.load.num_gpu == 0 else spec.size
    return {
        "name": runner.installed.name,
        "model": runner.installed.name,
        "size": spec.size,
        "digest": runner.installed.digest,
        "details": _details(spec),
        "expires_at": local_stamp(time.time_ns() + int(expires_in(runner, now) * NANOSECONDS)),
        "size_vram": min(on_gpu, gpu_memory) if gpu_memory else on_gpu,
        "context_length": runner.load.num_ctx,
    }


def expires_in(runner: Runner, now: float) -> float:
    """Seconds until a runner is unloaded; for a busy one the time it would have if it became idle now."""
    if runner.expiry is not None:
        return max(0.0, runner.expiry.when() - now)
    return float(FOREVER_SECONDS) if math.isinf(runner.keep_alive) else runner.keep_alive


def _details(spec: ModelSpec) -> dict[str, object]:
    return {
        "parent_model": "",
        "format": "gguf",
        "family": spec.family,
        "families": [spec.family],
        "parameter_size": _in_words(spec.parameter_count),
        "quantization_level": spec.quantization,
    }


def _in_words(count: int) -> str:
    return f"{count / _BILLION:.1f}B" if count >= _BILLION else f"{count / 1e6:.2f}M"


def _model_info(spec: ModelSpec, *, verbose: bool) -> dict[str, object]:
    info: dict[str, object] = {
        "general.architecture": spec.family,
        "general.parameter_count": spec.parameter_count,
        f"{spec.family}.context_length": spec.trained_context,
        f"{spec.family}.embedding_length": spec.embedding_length,
        "tokenizer.ggml.model": "gpt2",
    }
    lists = dict.fromkeys(_TOKENIZER_LISTS, ["<unk>", "<s>", "</s>"] if verbose else None)
    return info | lists


def _parameters_text(installed: Installed) -> str:
    window = {"num_ctx": installed.spec.num_ctx} if installed.spec.num_ctx else {}
    lines: list[str] = []
    for name, value in {**window, **installed.parameters}.items():
        items = value if isinstance(value, list) else [value]
        lines += [f"{name:<{_NAME_COLUMNS}} {msgspec.json.encode(item).decode()}" for item in items]
    return "\n".join(lines)


def _modelfile(installed: Installed, parameters: str) -> str:
    lines = [f"FROM {installed.name}", f'TEMPLATE """{installed.template}"""']
    if installed.system:
        lines.append(f'SYSTEM """{installed.system}"""')
    lines += [f"PARAMETER {' '.join(line.split(maxsplit=1))}" for line in parameters.splitlines()]
    return "\n".join(lines) + "\n"
