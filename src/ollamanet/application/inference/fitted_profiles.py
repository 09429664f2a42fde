"""Profiles as they come out: no model reads more at once than it was trained with."""

from collections.abc import Callable
from dataclasses import dataclass

from ollamanet.application.inference.ports import ModelProfiles
from ollamanet.domain.inference.model_profile import ModelProfile
from ollamanet.domain.kernel.model_name import ModelName


@dataclass(frozen=True, slots=True)
class FittedProfiles:
    """Satisfies `ModelProfiles`.

    What is sent to replicas keeps to the profile itself: another `num_ctx`, once more is known, would be a reload.

    Attributes:
        profiles: what the file says.
        trained: tokens that a model was trained with, as far as is known now; asks nobody.
    """

    profiles: ModelProfiles
    trained: Callable[[ModelName], int | None]

    def of(self, model: ModelName) -> ModelProfile:
        """The profile of the model, or the default one, within what the model was trained with."""
        return self.profiles.of(model).within(self.trained(model))
