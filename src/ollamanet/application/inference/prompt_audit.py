"""What the count of a prompt tells, once its reply is over."""

from dataclasses import dataclass

from ollamanet.application.inference.ports import ModelProfiles, TokenEstimates
from ollamanet.domain.inference.truncation import prompt_was_cut, window_was_outgrown
from ollamanet.domain.kernel.chat import ReplyRequest
from ollamanet.domain.kernel.reply import Usage


@dataclass(frozen=True, slots=True)
class PromptAudit:
    """Tells whether Ollama cut a prompt, and learns from the count of one that it did not cut."""

    estimates: TokenEstimates
    profiles: ModelProfiles

    def __call__(self, request: ReplyRequest, usage: Usage) -> bool:
        """Whether the model did not read all of the prompt, as far as the counts tell; call it once a reply.

        A prompt with images neither teaches nor is judged by its count: what an image costs differs between models by
        more than a cut would show.
        """
        measured = usage.prompt_tokens or 0
        window = self.profiles.of(request.model).num_ctx
        outgrown = window_was_outgrown(measured=measured, answered=usage.completion_tokens or 0, window=window)
        if any(turn.images for turn in request.turns):
            return outgrown
        model, estimated = request.model, request.prompt_tokens
        least = self.estimates.least(model, estimated)
        if prompt_was_cut(estimated=estimated, least=least, measured=measured, window=window):
            return True
        self.estimates.learn(model, estimated=estimated, measured=measured)
        return outgrown
