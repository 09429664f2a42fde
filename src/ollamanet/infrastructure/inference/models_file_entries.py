"""The entries of a file of model profiles: what holds for one model, or for one workload class."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final

from ollamanet.domain.inference.active_profile import is_family
from ollamanet.domain.inference.hardware_profile import ClassEntry
from ollamanet.domain.inference.model_profile import ModelProfile, ProfileEntry
from ollamanet.domain.kernel.chat import Priority
from ollamanet.domain.kernel.model_terms import Overflow
from ollamanet.infrastructure.inference import models_file_values as values
from ollamanet.infrastructure.inference.models_file_nodes import Place, one_of

_OVERFLOWS: Final = {each.value: each for each in Overflow}
_LONGEST_REQUEST: Final = 86_400.0
_ANSWER: Final = ModelProfile().expected_output


def _tokens(text: str) -> int:
    return values.whole_number(text, 1, 16_777_216)


def _context(text: str) -> int:
    return values.whole_number(text, 256, 16_777_216)


def _slots(text: str) -> int:
    return values.whole_number(text, 1, 1024)


def _request_seconds(text: str) -> float:
    return values.seconds(text, _LONGEST_REQUEST)


_NUMBERS: Final = {"prompt_tokens": _tokens, "num_ctx": _context, "slots": _slots, "expected_output": _tokens}


@dataclass(frozen=True, slots=True)
class Written:
    """An entry as it was written, and where each of its fields stands."""

    entry: ProfileEntry = field(default_factory=ProfileEntry)
    places: dict[str, Place] = field(default_factory=dict)


def read_entry(place: Place | None) -> Written:
    """What one entry says about a model; an absent one says nothing."""
    if place is None:
        return Written()
    found = place.fields([each.name for each in fields(ProfileEntry)])
    given: dict[str, Any] = {}
    for name, parse in _NUMBERS.items():
        if name in found:
            given[name] = found[name].read(parse, number=True)
    if "overflow" in found:
        given["overflow"] = found["overflow"].read(one_of(_OVERFLOWS))
    if "keep_alive" in found:
        given["keep_alive"] = found["keep_alive"].read(values.keep_alive)
    return Written(ProfileEntry(**given), found)


def check_room(written: Written, below: ProfileEntry) -> ProfileEntry:
    """The entry over the one below it; notes a context that has no room for the prompt and an answer.

    It is noted where it arises: an entry that changes none of the three is as good as the one below it.
    """
    whole = written.entry.over(below)
    answer = whole.expected_output or _ANSWER
    needed = (whole.prompt_tokens or 1) + answer
    names = ("num_ctx", "prompt_tokens", "expected_output")
    sized = [written.places[name] for name in names if getattr(written.entry, name) is not None]
    if sized and whole.num_ctx is not None and needed > whole.num_ctx:
        prompt = "a prompt" if whole.prompt_tokens is None else f"prompt_tokens ({whole.prompt_tokens})"
        sized[0].mistakes.add(
            sized[0].line,
            sized[0].path,
            f"a num_ctx of {needed} or more, for {prompt} and an answer of expected_output ({answer}) tokens",
            f"num_ctx {whole.num_ctx}",
        )
    return whole


def read_models(place: Place | None, default: ProfileEntry) -> dict[str, Written]:
    """The entries of single models and of families, by casefolded name.

    Args:
        default: what lies below all of them.
    """
    read: dict[str, Written] = {}
    first: dict[str, Place] = {}
    for name, member in place.members("a mapping from names of models").items() if place else ():
        try:
            parsed = values.model(name)
        except ValueError as error:
            member.mistakes.add(member.line, member.path, str(error), name)
            continue
        key = name.casefold() if is_family(name) else parsed.key
        if key in read:
            said = f"each model once, whatever the case of its letters; it is on line {first[key].line} already"
            member.mistakes.add(member.line, member.path, said)
            continue
        first[key], read[key] = member, read_entry(member)
    _check_rooms(read, default)
    return read


def _check_rooms(read: dict[str, Written], default: ProfileEntry) -> None:
    families = {name: check_room(written, default) for name, written in read.items() if is_family(name)}
    for name, written in read.items():
        if not is_family(name):
            check_room(written, families.get(name.rpartition(":")[0], default))


def read_classes(place: Place | None, below: dict[Priority, ClassEntry]) -> dict[Priority, ClassEntry]:
    """The deadlines of the workload classes, over those below."""
    names: Sequence[str] = [each.value for each in Priority]
    read = dict(below)
    for name, member in place.fields(names).items() if place else ():
        found = member.fields(("queue_timeout", "total_timeout"))
        entry = read.get(Priority(name), ClassEntry())
        queue = found["queue_timeout"].read(_request_seconds) if "queue_timeout" in found else None
        total = found["total_timeout"].read(_request_seconds) if "total_timeout" in found else None
        entry = ClassEntry(entry.queue if queue is None else queue, entry.total if total is None else total)
        if entry.queue is not None and entry.total is not None and entry.queue > entry.total:
            member.mistakes.add(
                member.line, member.path, f"a queue_timeout of at most total_timeout ({entry.total:g} s)"
            )
        read[Priority(name)] = entry
    return read
