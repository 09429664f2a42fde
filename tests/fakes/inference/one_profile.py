"""The same profile for every model."""

from ollamanet.domain.inference.model_profile import ModelProfile
from ollamanet.domain.kernel.model_name import ModelName


class OneProfile:
    """Satisfies `ModelProfiles` with the profile it was given."""

    def __init__(self, profile: ModelProfile) -> None:
        self.profile = profile

    def of(self, model: ModelName) -> ModelProfile:
        return self.profile
