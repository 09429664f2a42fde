"""All versions of the limits, and one of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from ollamanet.application.inference.limit_book import LimitBook
from ollamanet.application.inference.limit_ports import ShadowCount, ShadowCounts
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.inference.limit_rollout import LimitVersion
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class CountedVersion:
    """A version, and what was counted if it is or was in shadow."""

    version: LimitVersion
    shadow: ShadowCount | None


@dataclass(frozen=True, slots=True)
class ListLimitVersionsHandler:
    """For administrators."""

    book: LimitBook
    counts: ShadowCounts

    def page(self, actor: Actor, page: PageRequest) -> Page[CountedVersion]:
        """A page of the versions, the newest first.

        Raises:
            Forbidden: the caller may not see the system.
        """
        actor.require(Permission.SYSTEM_READ)
        newest: Sequence[LimitVersion] = self.book.rollout.versions[::-1]
        items = [self.counted(version) for version in newest[page.offset : page.offset + page.page_size]]
        return Page(items, page.page, page.page_size, len(newest))

    def one(self, actor: Actor, number: int) -> CountedVersion:
        """One version.

        Raises:
            Forbidden: the caller may not see the system.
            NotFound: there is none of that number.
        """
        actor.require(Permission.SYSTEM_READ)
        return self.counted(self.book.rollout.get(number))

    def counted(self, version: LimitVersion) -> CountedVersion:
        """A version with its counts."""
        return CountedVersion(version, self.counts.shadow_count(version.number))
