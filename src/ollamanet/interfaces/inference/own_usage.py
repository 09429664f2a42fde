"""What somebody took, as a file for him."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from ollamanet.application.inference.queries.export_usage import ExportUsage
from ollamanet.domain.kernel.ids import UserId
from ollamanet.interfaces.kernel.json_pieces import json_array


@dataclass(frozen=True, slots=True)
class OwnUsage:
    """Satisfies `OwnData`."""

    export: ExportUsage

    @property
    def folder(self) -> str:
        """Where it is."""
        return "usage"

    async def files(self, owner: UserId) -> AsyncGenerator[tuple[str, bytes], None]:
        """`days.json`: requests and tokens of each day (UTC), of sign-ins and of each API key."""
        async with aclosing(json_array(self.export.days(owner))) as pieces:
            async for piece in pieces:
                yield "days.json", piece
