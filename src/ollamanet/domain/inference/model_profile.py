"""How one model is to be run."""

from dataclasses import dataclass

from ollamanet.domain.kernel.model_terms import Overflow


@dataclass(frozen=True, slots=True)
class ModelProfile:
    """What a profile says about a model; None leaves it to Ollama.

    Attributes:
        prompt_tokens: tokens a prompt may take, > 0.
        overflow: what happens to a longer conversation when its request does not say.
        num_ctx: context length in tokens, sent with every request, so that none makes the model reload.
        slots: requests that a replica runs at once for it, >= 1; None for the replica's own number.
        keep_alive: seconds it stays loaded after its last request; negative for ever.
        expected_output: tokens an answer is taken for before it is measured, >= 1.
    """

    prompt_tokens: int = 4096
    overflow: Overflow = Overflow.TRIM
    num_ctx: int | None = None
    slots: int | None = None
    keep_alive: float | None = None
    expected_output: int = 256
