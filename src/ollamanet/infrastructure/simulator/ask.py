"""What a chat or generate request asks for, once everything in it has been checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ollamanet.infrastructure.simulator.dialects import Dialect
from ollamanet.infrastructure.simulator.faults import Fault
from ollamanet.infrastructure.simulator.fields import Fields
from ollamanet.infrastructure.simulator.go_json import encode
from ollamanet.infrastructure.simulator.installed import Installed
from ollamanet.infrastructure.simulator.prompt import Prompt
from ollamanet.infrastructure.simulator.run_options import RunOptions
from ollamanet.infrastructure.simulator.wire_errors import WireError

_THINK_LEVELS = frozenset(("high", "medium", "low", "max"))
_MOST_LOGPROBS = 20


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `format` is None, `json` or a schema; `tools` are the functions the model may call now."""

    installed: Installed
    dialect: Dialect
    run: RunOptions
    prompt: Prompt
    stream: bool
    truncate: bool
    keep_alive: float | None
    think: bool
    fault: Fault | None = None
    format: object = None
    tools: tuple[Mapping[str, object], ...] = ()
    context: tuple[int, ...] | None = field(default=None)

    @property
    def native_chat(self) -> bool:
        """Whether the child applies the template itself and sees the prompt uncut."""
        return self.dialect.is_chat and self.installed.spec.path == "native"


def read_think(request: Fields, installed: Installed, model: str) -> bool:
    """Whether the model is to think: what the request says, else whatever the model can.

    Raises:
        WireError: 400 for a level that does not exist and for a model that cannot think.
    """
    raw = request.value("think")
    able = "thinking" in installed.spec.capabilities
    if raw is None:
        return able
    if isinstance(raw, str) and raw not in _THINK_LEVELS:
        levels = '"high", "medium", "low", "max", true, or false'
        raise WireError(400, f'invalid think value: "{raw}" (must be {levels})')
    if not isinstance(raw, bool | str):
        raise WireError(400, 'think must be a boolean or string ("high", "medium", "low", "max", true, or false)')
    if raw and not able:
        raise WireError(400, f'"{model}" does not support thinking')
    return bool(raw)


def read_logprobs(request: Fields) -> int | None:
    """How many alternatives each token comes with, None where log probabilities were not asked for.

    Raises:
        WireError: 400 for more than 20.
    """
    top = request.integer("top_logprobs")
    if not 0 <= top <= _MOST_LOGPROBS:
        raise WireError(400, "top_logprobs must be between 0 and 20")
    return top if request.flag("logprobs", default=False) else None


def check_format(raw: object) -> None:
    """Refuse a `format` that is neither `json` nor a schema.

    Raises:
        WireError: 500, as the real server answers.
    """
    if raw in (None, "", "json") or isinstance(raw, dict):
        return
    quoted = encode(encode(raw).decode()).decode()
    raise WireError(500, f'invalid format: {quoted}; expected "json" or a valid JSON Schema object')
