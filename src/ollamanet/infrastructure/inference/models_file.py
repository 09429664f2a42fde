"""Files of model profiles: the one that comes with OllamaNet, and an operator's own."""

import os
import re
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from ollamanet.domain.inference.hardware_profile import ClassEntry, HardwareProfile, Memory
from ollamanet.domain.inference.model_profile import ProfileEntry
from ollamanet.domain.kernel.chat import Priority
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.inference import models_file_values as values
from ollamanet.infrastructure.inference.models_file_entries import (
    check_room,
    read_classes,
    read_entry,
    read_models,
)
from ollamanet.infrastructure.inference.models_file_mistakes import Mistakes, ModelsFileInvalid
from ollamanet.infrastructure.inference.models_file_nodes import Place
from ollamanet.infrastructure.inference.models_file_yaml import MOST_BYTES, root_of

MOST_PREWARMED: Final = 4
SHORTEST_KEPT: Final = 60.0
"""Seconds: a model that is to be kept loaded is asked for again in half of the time it stays."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_NEEDS: Final = tuple(memory.value for memory in Memory)
_OF_PROFILE: Final = (*_NEEDS, "default", "prewarm", "classes", "models")


def load_models_file(path: Path) -> tuple[HardwareProfile, ...]:
    """The profiles of a file, in its order.

    Raises:
        ModelsFileInvalid: every mistake in it, with its line.
        OSError: it cannot be read.
    """
    return parse_models_file(_content(path))


def _content(path: Path) -> bytes:
    # Not blocking: who names a pipe by mistake is told so, and does not wait for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("it is not a regular file")
        return file.read(MOST_BYTES + 1)


def parse_models_file(content: bytes) -> tuple[HardwareProfile, ...]:
    """The profiles, 1..n, in the order of the file; pure.

    Raises:
        ModelsFileInvalid: as above.
    """
    mistakes = Mistakes()
    root = root_of(content)
    if root is None:
        mistakes.add(1, "", "a mapping with profiles")
        raise ModelsFileInvalid(mistakes.in_order())
    found = Place(root, root.start_mark.line + 1, "", mistakes).fields(("defaults", "classes", "profiles"))
    default = check_room(read_entry(found.get("defaults")), ProfileEntry())
    classes = read_classes(found.get("classes"), {})
    profiles = _profiles(found.get("profiles"), default, classes)
    if not profiles and not mistakes.found:
        mistakes.add(1, "profiles", "one profile or more")
    if mistakes.found:
        raise ModelsFileInvalid(mistakes.in_order())
    return tuple(profiles)


def _profiles(
    place: Place | None, default: ProfileEntry, classes: dict[Priority, ClassEntry]
) -> Sequence[HardwareProfile]:
    read: list[HardwareProfile] = []
    needs: dict[tuple[Memory, int], str] = {}
    for name, member in place.members("a mapping from names of profiles").items() if place else ():
        if not _NAME.fullmatch(name):
            member.mistakes.add(member.line, member.path, "a name of letters, digits, '.', '_' and '-'", name)
        profile = _profile(name, member, default, classes)
        if profile is None:
            continue
        if (other := needs.setdefault((profile.memory, profile.least), name)) != name:
            said = f"another {profile.memory.value} than that of {other}, or neither could be chosen before the other"
            member.mistakes.add(member.line, member.path, said)
        read.append(profile)
    return read


def _profile(
    name: str, place: Place, default: ProfileEntry, classes: dict[Priority, ClassEntry]
) -> HardwareProfile | None:
    found = place.fields(_OF_PROFILE)
    needs = _needs(place, found)
    own = check_room(read_entry(found.get("default")), default)
    written = read_models(found.get("models"), own)
    profile = HardwareProfile(
        name,
        *(needs or (Memory.SYSTEM, 0)),
        default=own,
        models={key: each.entry for key, each in written.items()},
        classes=read_classes(found.get("classes"), classes),
    )
    profile = replace(profile, prewarm=_prewarm(found.get("prewarm"), profile))
    # Read to the end all the same: its other mistakes are told too.
    return profile if needs else None


def _needs(place: Place, found: dict[str, Place]) -> tuple[Memory, int] | None:
    given = [memory for memory in Memory if memory.value in found]
    if len(given) != 1:
        place.mistakes.add(place.line, place.path, f"one of {' and '.join(_NEEDS)}: how much a machine has to have")
        return None
    least = found[given[0].value].read(values.memory)
    return None if least is None else (given[0], least)


def _prewarm(place: Place | None, profile: HardwareProfile) -> tuple[ModelName, ...]:
    models: dict[str, ModelName] = {}
    items = list(place.items("a list of names of models")) if place else []
    for item in items:
        model = item.read(values.model)
        if model is None:
            continue
        keep_alive = profile.entry(model).keep_alive
        if model.key in models:
            item.wrong("each model once")
        elif keep_alive is not None and 0 <= keep_alive < SHORTEST_KEPT:
            item.wrong(f"a model whose keep_alive is {SHORTEST_KEPT:g} s or more, and not {keep_alive:g} s")
        models[model.key] = model
    if len(items) > MOST_PREWARMED:
        items[MOST_PREWARMED].wrong(f"at most {MOST_PREWARMED} models")
    return tuple(models.values())
