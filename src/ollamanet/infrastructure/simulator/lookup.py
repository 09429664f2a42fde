"""From the model that a request names to the model on disk, with each route's own words where there is none."""

from collections.abc import Mapping

from ollamanet.infrastructure.simulator.fields import Fields
from ollamanet.infrastructure.simulator.installed import Installed
from ollamanet.infrastructure.simulator.library import Library
from ollamanet.infrastructure.simulator.model_names import ModelName
from ollamanet.infrastructure.simulator.run_options import RunOptions, read_options
from ollamanet.infrastructure.simulator.wire_errors import WireError

_CLOUD_OFF = "ollama cloud is disabled: remote model is unavailable"
_SIGN_IN = "https://ollama.com/connect?name=simulator"


class Lookup:
    """The library as the inference routes see it."""

    def __init__(self, library: Library, *, cloud_disabled: bool, context_length: int) -> None:
        """Args: cloud_disabled: cloud names are refused with 403, else with 401. context_length: default window."""
        self._library = library
        self._cloud_disabled = cloud_disabled
        self._context_length = context_length

    def find(self, model: str, missing: str) -> Installed:
        """Look a model up.

        Args:
            model: the name as the client wrote it.
            missing: the text of the 404, with `{}` for the name.

        Raises:
            WireError: 404 for an unknown model, 403 or 401 for one that would run in the cloud.
        """
        name = ModelName.parse(model)
        if name is not None and name.is_cloud:
            if self._cloud_disabled:
                raise WireError(403, _CLOUD_OFF)
            raise WireError(401, "unauthorized", signin_url=_SIGN_IN)
        if (installed := self._library.find(model)) is None:
            raise WireError(404, missing.format(model))
        return installed

    def options(self, request: Fields, installed: Installed, *, shift: bool | None = None) -> RunOptions:
        """The request's options over those of the Modelfile.

        Raises:
            WireError: 500 for an option of the wrong type.
        """
        asked = {key: value for key, value in request.mapping("options").items() if value is not None}
        merged: Mapping[str, object] = {**installed.parameters, **asked}
        return read_options(merged, spec=installed.spec, context_length=self._context_length, shift=shift)


def require(installed: Installed, capability: str) -> None:
    """Refuse a model without a capability.

    Raises:
        WireError: 400 with the fully qualified name, as Ollama words this one.
    """
    if capability not in installed.spec.capabilities:
        name = ModelName.parse(installed.name)
        raise WireError(400, f"{name.full if name else installed.name} does not support {capability}")
