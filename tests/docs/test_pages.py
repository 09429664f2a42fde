"""What the pages point at is there."""

import re
from pathlib import Path

import pytest
from tests.docs.pages import PAGES, ROOT, code_lines, name_of, prose, rows

from ollamanet.bootstrap.settings_origin import CONFIG_VARIABLE
from ollamanet.bootstrap.settings_sources import entries

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PLACE = re.compile(
    r"(?<![\w/.$-])(?!application/(?:json|problem))(?:(?:src|tests|docs|bench|load|scripts|domain|application|infrastructure|interfaces|bootstrap)/"
    r"[\w./*-]*\w/?)(?![\w<*])"
)
NOT_IN_A_CLONE = {
    "application/conversations/queries/count_conversations.py",  # the example of CONTRIBUTING
}
DECISIONS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))


def anchors(page: Path) -> set[str]:
    """The ends of links to the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page if not path else page.parent / path
    return target.exists() and (not anchor or anchor in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(prose(page.read_text(encoding="utf-8"))) if "://" not in link]

    assert [link for link in links if not leads_somewhere(page, link)] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_and_folder_that_is_named_exists(page: Path) -> None:
    named = {place for line in code_lines(page) for place in PLACE.findall(line)} - NOT_IN_A_CLONE

    bases = (ROOT, ROOT / "src" / "ollamanet", page.parent)
    assert [place for place in sorted(named) if not any(list(base.glob(place)) for base in bases)] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_variable_that_is_named_is_a_setting(page: Path) -> None:
    known = {name for entry in entries() for name in entry.origin.variables} | {CONFIG_VARIABLE}

    assert set(re.findall(r"\bOLLAMANET_[A-Z0-9_]*[A-Z0-9]", page.read_text(encoding="utf-8"))) <= known


def test_the_pages_are_found() -> None:
    names = {name_of(page) for page in PAGES}

    assert {"README.md", "CONTRIBUTING.md", "docs/OPERATIONS.md", "docs/adr/README.md", "bench/README.md"} <= names


def test_a_broken_link_is_noticed() -> None:
    page = ROOT / "README.md"

    assert leads_somewhere(page, "docs/OPERATIONS.md#health")
    assert not leads_somewhere(page, "docs/NOWHERE.md")
    assert not leads_somewhere(page, "docs/OPERATIONS.md#nowhere")


def test_the_decisions_are_numbered_without_gaps_and_all_listed() -> None:
    listed = rows((ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8"))

    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    assert [LINK.search(row[0]).group(1) for row in listed] == [page.name for page in DECISIONS]


@pytest.mark.parametrize("page", DECISIONS, ids=name_of)
def test_a_decision_is_short_and_has_its_three_parts(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert text.startswith(f"# {int(page.name[:4])}. ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
    assert len(text.splitlines()) <= 40
