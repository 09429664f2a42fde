"""The `options` of a request: which of them reload a model, which only steer one reply, and their type errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ollamanet.infrastructure.simulator.options import ModelSpec
from ollamanet.infrastructure.simulator.wire_errors import WireError

_INTEGERS: Final = frozenset(
    ("num_ctx", "num_batch", "num_gpu", "main_gpu", "num_thread", "draft_num_predict", "num_predict", "num_keep")
) | {"seed", "top_k", "repeat_last_n"}
_FLOATS: Final = frozenset(
    ("temperature", "top_p", "min_p", "typical_p", "repeat_penalty", "presence_penalty", "frequency_penalty")
)
_SMALLEST_WINDOW: Final = 4
_SMALLEST_VISION_WINDOW: Final = 2048


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What a runner is started with; a request with any other value makes the daemon restart it."""

    num_ctx: int
    shift: bool = True
    num_batch: int = 0
    num_gpu: int = -1
    main_gpu: int = 0
    use_mmap: bool | None = None
    num_thread: int = 0
    draft_num_predict: int = 0


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What steers one reply. `num_predict` below 0 is "until it ends by itself"."""

    load: LoadOptions
    num_predict: int = -1
    num_keep: int = 4
    seed: int = -1
    stop: tuple[str, ...] = ()


def read_options(
    raw: Mapping[str, object], *, spec: ModelSpec, context_length: int, shift: bool | None = None
) -> RunOptions:
    """Merge a request's options over the model's and the server's.

    Args:
        raw: the `options` object; unknown keys and nulls are ignored, floats for ints are cut.
        spec: the model, for its own `num_ctx` and its trained context.
        context_length: the server's default window, tokens.
        shift: the request's `shift`, None where absent.

    Raises:
        WireError: 500, not 400, for a value of the wrong type.
    """
    integers = {key: _integer(key, raw[key]) for key in _INTEGERS & raw.keys() if raw[key] is not None}
    for key in _FLOATS & raw.keys():
        if raw[key] is not None and not _is_number(raw[key]):
            raise WireError(500, f'option "{key}" must be of type float32')
    window = integers.pop("num_ctx", spec.num_ctx or context_length)
    smallest = _SMALLEST_VISION_WINDOW if "vision" in spec.capabilities else _SMALLEST_WINDOW
    load = LoadOptions(
        num_ctx=min(max(window, smallest), spec.trained_context),
        shift=shift if shift is not None else spec.family != "deepseek2",
        num_batch=integers.get("num_batch", 0),
        num_gpu=integers.get("num_gpu", -1),
        main_gpu=integers.get("main_gpu", 0),
        use_mmap=_flag("use_mmap", raw.get("use_mmap")),
        num_thread=integers.get("num_thread", 0),
        draft_num_predict=integers.get("draft_num_predict", 0),
    )
    return RunOptions(
        load,
        num_predict=integers.get("num_predict", -1),
        num_keep=integers.get("num_keep", 4),
        seed=integers.get("seed", -1),
        stop=_texts("stop", raw.get("stop")),
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _integer(key: str, value: object) -> int:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise WireError(500, f'option "{key}" must be of type integer')
    return int(value)


def _flag(key: str, value: object) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise WireError(500, f'option "{key}" must be of type boolean')
    return value


def _texts(key: str, value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise WireError(500, f'option "{key}" must be of type array')
    if not all(isinstance(item, str) for item in value):
        raise WireError(500, f'option "{key}" must be of an array of strings')
    return tuple(value)
