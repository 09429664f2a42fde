"""From YAML text to nodes that know their lines, with everything refused that could make a small file large."""

from typing import Any, Final

import yaml

from ollamanet.infrastructure.inference.models_file_mistakes import Mistakes, ModelsFileInvalid

MOST_BYTES: Final = 256 * 1024
_MOST_NODES: Final = 20_000
_DEEPEST: Final = 12
# libyaml's parser is twenty times as fast, where PyYAML was built with it.
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def root_of(content: bytes) -> yaml.Node | None:
    """The one document of a file, or None where it is empty.

    Values are texts still: nothing is constructed, whatever tag it has.

    Raises:
        ModelsFileInvalid: it is too large or too deep, not UTF-8, not YAML, or has anchors or aliases, which can make
            a file of some lines stand for gigabytes.
    """
    mistakes = Mistakes()
    if len(content) > MOST_BYTES:
        mistakes.add(1, "", f"a file of at most {MOST_BYTES // 1024} KiB")
    else:
        root = _composed(content, mistakes)
        if not mistakes.found:
            return root
    raise ModelsFileInvalid(mistakes.in_order())


def _composed(content: bytes, mistakes: Mistakes) -> yaml.Node | None:
    text = ""
    try:
        text = content.decode("utf-8-sig")
        # The events come one by one, without recursion; only what they bound is made into a tree.
        _bounded(text, mistakes)
        return None if mistakes.found else yaml.compose(text, Loader=_LOADER)
    except UnicodeDecodeError as error:
        mistakes.add(content.count(b"\n", 0, error.start) + 1, "", "text in UTF-8")
    except yaml.reader.ReaderError as error:
        mistakes.add(text.count("\n", 0, error.position) + 1, "", "text without control characters")
    except yaml.MarkedYAMLError as error:
        # The words are the parser's own.
        mistakes.add(_line(error.problem_mark), "", f"YAML ({' '.join((error.problem or 'unreadable').split())})")
    return None


def _bounded(text: str, mistakes: Mistakes) -> None:
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_LOADER)):
        line = _line(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            mistakes.add(line, "", "values written out, without aliases", f"*{event.anchor}")
        elif isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            mistakes.add(line, "", "values written out, without anchors", f"&{event.anchor}")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST or count > _MOST_NODES:
            mistakes.add(line, "", f"at most {_MOST_NODES} values, and {_DEEPEST} levels of them")
            return


def _line(mark: Any) -> int:
    return 1 if mark is None else int(mark.line) + 1
