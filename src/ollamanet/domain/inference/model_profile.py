"""How one model is to be run, and what a file may say about it."""

from dataclasses import dataclass, fields, replace
from typing import Any, Self

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

    def within(self, trained: int | None) -> Self:
        """As it comes out for a model that was trained with so many tokens (> 0): Ollama gives it no longer context.

        The prompt limit is lowered to what that has room for, or Ollama would cut longer prompts without a word.
        """
        wanted = self.prompt_tokens + self.expected_output if self.num_ctx is None else self.num_ctx
        if trained is None or trained >= wanted:
            return self
        room = max(1, trained - self.expected_output)
        window = None if self.num_ctx is None else trained
        return replace(self, num_ctx=window, prompt_tokens=min(self.prompt_tokens, room))


@dataclass(frozen=True, slots=True)
class ProfileEntry:
    """The part of a `ModelProfile` that one entry of a file gives; None leaves it to the entry below.

    Attributes: as those of `ModelProfile`.
    """

    prompt_tokens: int | None = None
    overflow: Overflow | None = None
    num_ctx: int | None = None
    slots: int | None = None
    keep_alive: float | None = None
    expected_output: int | None = None

    def over(self, below: Self) -> Self:
        """What both give, this one before the one below."""
        return replace(below, **self._given())

    def complete(self, service: ModelProfile) -> ModelProfile:
        """The profile that comes of it, the service's defaults below.

        A prompt limit that only the service gives is lowered to what the context has room for: whoever wrote `num_ctx`
        did not choose that limit, and a longer prompt would be cut by Ollama without a word.
        """
        whole = replace(service, **self._given())
        if self.prompt_tokens is not None or whole.num_ctx is None:
            return whole
        return replace(whole, prompt_tokens=max(1, min(whole.prompt_tokens, whole.num_ctx - whole.expected_output)))

    def _given(self) -> dict[str, Any]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}
