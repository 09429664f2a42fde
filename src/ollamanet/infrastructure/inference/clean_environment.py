"""The environment of programs that we run: what they need to work, and none of our secrets."""

from collections.abc import Mapping
from typing import Final

_NAMES: Final = frozenset(
    {
        "HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER",
        "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "GPU_DEVICE_ORDINAL", "HIP_VISIBLE_DEVICES",
        "HSA_OVERRIDE_GFX_VERSION", "NVIDIA_DRIVER_CAPABILITIES", "NVIDIA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES",
    }
)  # fmt: skip
_FAMILIES: Final = ("LC_", "XDG_")
DEFAULT_PATH: Final = "/usr/local/bin:/usr/bin:/bin"


def clean_environment(ours: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """What a program gets.

    Args:
        ours: the environment of this process, of which only paths, language and the choice of GPUs are passed on;
            not `OLLAMA_*`, as that may be meant for us, and no proxies, as their addresses hold passwords.
        given: variables for this program; they win.
    """
    kept = {name: value for name, value in ours.items() if name in _NAMES or name.startswith(_FAMILIES)}
    return {"PATH": DEFAULT_PATH, **kept, **given}
