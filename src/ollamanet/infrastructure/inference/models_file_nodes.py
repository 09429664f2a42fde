"""Walks the nodes of a file of model profiles; what is wrong is noted with its line, and the walk goes on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import yaml

from ollamanet.infrastructure.inference.models_file_mistakes import Mistakes

Value = TypeVar("Value")

_YAML: Final = "tag:yaml.org,2002:"
_NULL: Final = _YAML + "null"
_LONGEST_KEY: Final = 120
_NUMBERS: Final = frozenset({_YAML + "int", _YAML + "float"})
# What a text may look like to YAML: `8gb` is a text, `16` a number, `2026-01-02` a time, `on` a boolean.
_PLAIN: Final = _NUMBERS | {_YAML + "str", _YAML + "bool", _YAML + "timestamp", _YAML + "merge", _NULL}


@dataclass(frozen=True, slots=True)
class Place:
    """A node, and how one gets there from the top.

    Attributes:
        line: from 1; of its key, where it has one, as a block begins on the line after that.
        path: the keys that lead to it, joined by dots; empty at the top.
    """

    node: yaml.Node
    line: int
    path: str
    mistakes: Mistakes

    def wrong(self, expected: str) -> None:
        """Note that something else is expected."""
        given = self.node.value if isinstance(self.node, yaml.ScalarNode) else None
        self.mistakes.add(self.line, self.path, expected, given)

    def fields(self, known: Sequence[str]) -> dict[str, "Place"]:
        """The members of a mapping whose keys are known; the others are noted."""
        found = self.members("a mapping with " + ", ".join(known))
        for name in found.keys() - set(known):
            stranger = found.pop(name)
            self.mistakes.unknown(stranger.line, stranger.path, name, list(known), "a known key")
        return found

    def members(self, expected: str) -> dict[str, "Place"]:
        """The members of a mapping, in order, each key once; nothing at all is an empty one."""
        node = self.node
        if isinstance(node, yaml.ScalarNode) and node.tag == _NULL:
            return {}
        if not isinstance(node, yaml.MappingNode) or not node.tag.startswith(_YAML):
            self.wrong(expected)
            return {}
        found: dict[str, Place] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or key.tag not in _PLAIN:
                self.mistakes.add(line, self.path, "a plain word as a key")
            elif (first := found.get(key.value)) is not None:
                self.mistakes.add(line, first.path, f"each key once; it is on line {first.line} already")
            else:
                found[key.value] = Place(value, line, self._below(key.value), self.mistakes)
        return found

    def items(self, expected: str) -> Iterator["Place"]:
        """The items of a list; nothing at all is an empty one."""
        if isinstance(self.node, yaml.ScalarNode) and self.node.tag == _NULL:
            return
        if not isinstance(self.node, yaml.SequenceNode) or not self.node.tag.startswith(_YAML):
            self.wrong(expected)
            return
        for number, item in enumerate(self.node.value, 1):
            yield Place(item, item.start_mark.line + 1, f"{self.path}[{number}]", self.mistakes)

    def read(self, parse: Callable[[str], Value], *, number: bool = False) -> Value | None:
        """The value of a single text, or None where it is not one that `parse` accepts.

        Args:
            parse: raises ValueError whose message says what is expected.
            number: a text in quotes is not what is meant.
        """
        node = self.node
        text = node.value if isinstance(node, yaml.ScalarNode) and node.tag in _PLAIN - {_NULL} else ""
        try:
            value = parse(text)
        except ValueError as error:
            self.wrong(str(error))
            return None
        if number and node.tag not in _NUMBERS:
            self.wrong("a number without quotes")
            return None
        return value

    def _below(self, name: str) -> str:
        shown = name if name.isprintable() and len(name) <= _LONGEST_KEY else repr(name[:_LONGEST_KEY])
        return f"{self.path}.{shown}" if self.path else shown


def one_of(choices: Mapping[str, Value]) -> Callable[[str], Value]:
    """A parser of words."""

    def parse(text: str) -> Value:
        if text not in choices:
            raise ValueError("one of " + ", ".join(choices))
        return choices[text]

    return parse
