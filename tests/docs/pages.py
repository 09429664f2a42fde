"""The Markdown pages of the repository, and what stands in them as code."""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = sorted(
    page
    for folder, pattern in ((".", "*.md"), ("docs", "**/*.md"), ("bench", "*.md"))
    for page in (ROOT / folder).glob(pattern)
)
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")

_FENCED: Final = re.compile(r"^```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SPAN: Final = re.compile(r"`([^`\n]+)`")


def name_of(page: Path) -> str:
    """Where it is, for messages."""
    return str(page.relative_to(ROOT))


def prose(text: str) -> str:
    """A page without its blocks of code."""
    return _FENCED.sub("", text)


def blocks(text: str) -> list[str]:
    """Its blocks of code."""
    return _FENCED.findall(text)


def code_lines(page: Path) -> list[str]:
    """Each line of a block, and each piece of code in a sentence."""
    text = page.read_text(encoding="utf-8")
    return [line for block in blocks(text) for line in block.splitlines()] + _SPAN.findall(prose(text))


def section(text: str, title: str) -> str:
    """What stands under a heading of the second level."""
    _, _, rest = text.partition(f"\n## {title}\n")
    assert rest, f"there is no section {title!r}"
    return re.split(r"^## ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of a table, without its head."""
    lines = [line for line in prose(text).splitlines() if line.startswith(("| ", "|-"))]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row, line in zip(cells, lines, strict=True) if not line.startswith("|-")][1:]


def spans(text: str) -> list[str]:
    """Every piece of code in a sentence or a cell."""
    return _SPAN.findall(text)
