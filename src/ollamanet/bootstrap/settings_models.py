"""The settings of model profiles, and the mistakes of the file that they lead to."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from ollamanet.bootstrap.settings_origin import Concern, From
from ollamanet.domain.inference.hardware_profile import HardwareProfile
from ollamanet.infrastructure.inference import models_file_values as values

FILE_VARIABLE: Final = "OLLAMANET_MODELS_FILE"
PROFILE_VARIABLE: Final = "OLLAMANET_PROFILE"
DEFAULT_FILE: Final = Path("config") / "models.yaml"


def _file(text: str) -> str:
    if "\0" in text or not text.strip():
        raise ValueError("the path of a YAML file")
    return str(Path(text).expanduser())


def _memory(text: str) -> str:
    values.memory(text)
    return text.strip()


class ModelsSettings(Concern, frozen=True, kw_only=True):
    """How models are run: which file says so, and which of its profiles."""

    file: Annotated[
        str | None,
        From(
            FILE_VARIABLE,
            "YAML file of model profiles",
            default="`config/models.yaml` where it exists, else the one in the package",
            check=_file,
        ),
    ] = None
    profile: Annotated[
        str | None, From(PROFILE_VARIABLE, "profile to use, by its name in that file", default="chosen by memory")
    ] = None
    gpu_memory: Annotated[
        str | None,
        From(
            "OLLAMANET_GPU_MEMORY",
            "memory of the GPUs together, such as `24GB`, where it cannot be found out",
            default="found out",
            check=_memory,
        ),
    ] = None
    prewarm: Annotated[
        Literal["on", "off"],
        From("OLLAMANET_PREWARM", "`on` loads the profile's most important models at start and keeps them loaded"),
    ] = "on"


@dataclass(frozen=True, slots=True)
class FileMistake:
    """One mistake in the file of profiles, or in the setting that names one of them.

    Attributes: as those of a `Problem` of the settings.
    """

    name: str
    expected: str
    given: str | None = None


class ModelsInvalid(Exception):
    """The profiles cannot be used; `mistakes` names every one."""

    def __init__(self, mistakes: tuple[FileMistake, ...]) -> None:
        super().__init__("; ".join(f"{each.name}: expected {each.expected}" for each in mistakes))
        self.mistakes = mistakes


def models_file(named: str | None) -> Path | None:
    """The operator's own file, or None where the one in the package is used."""
    if named is not None:
        return Path(named)
    # In a checkout it is a link to the one in the package, until somebody puts his own there.
    return DEFAULT_FILE if DEFAULT_FILE.exists() and not DEFAULT_FILE.samefile(values.SHIPPED) else None


def read_profiles(file: Path | None, profile: str | None) -> tuple[HardwareProfile, ...]:
    """The profiles of the file.

    Args:
        file: None for the one in the package.
        profile: the name of the one that is to be used whatever the hardware, if any.

    Raises:
        ModelsInvalid: the file cannot be read or used, or has no profile of that name.
    """
    # Imported only here: most commands never need a parser of YAML.
    from ollamanet.infrastructure.inference import models_file as files  # noqa: PLC0415 - see above
    from ollamanet.infrastructure.inference.models_file_mistakes import ModelsFileInvalid  # noqa: PLC0415 - see above

    try:
        profiles = files.load_models_file(file or values.SHIPPED)
    except OSError as error:
        mistake = FileMistake(str(file), "a YAML file that can be read", error.strerror or str(error))
        raise ModelsInvalid((mistake,)) from error
    except ModelsFileInvalid as invalid:
        raise ModelsInvalid(
            tuple(_told(file, each.line, each.place, each.expected, each.given) for each in invalid.mistakes)
        ) from invalid
    names = [each.name for each in profiles]
    if profile is not None and profile not in names:
        raise ModelsInvalid((FileMistake(PROFILE_VARIABLE, f"one of {', '.join(names)}", repr(profile)),))
    return profiles


def _told(file: Path | None, line: int, place: str, expected: str, given: str | None) -> FileMistake:
    where = f"{file} line {line}"
    return FileMistake(f"{where}: {place}" if place else where, expected, given)


def mistakes_of(given: Mapping[str, object]) -> tuple[FileMistake, ...]:
    """What is wrong with the profiles that these settings lead to.

    Args:
        given: the fields of `ModelsSettings` that are set and good.
    """
    named, profile = given.get("file"), given.get("profile")
    file = models_file(named if isinstance(named, str) else None)
    if file is None and profile is None:
        return ()  # the file in the package is good
    try:
        read_profiles(file, profile if isinstance(profile, str) else None)
    except ModelsInvalid as invalid:
        return invalid.mistakes
    return ()
