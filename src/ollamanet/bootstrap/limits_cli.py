"""`ollamanet limits`: the commands of the limits, given the database of the settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import click

from ollamanet.bootstrap.command_settings import settings_for_command, told_in_one_line
from ollamanet.bootstrap.limits_wiring import limits_of_settings
from ollamanet.bootstrap.settings import Settings
from ollamanet.bootstrap.storage import open_storage
from ollamanet.domain.inference.limit_rollout import Rollout
from ollamanet.infrastructure.inference.sql_limit_versions import SqlLimitVersions
from ollamanet.interfaces.inference.limits_cli import limits as limits_group


@dataclass(frozen=True, slots=True)
class LimitsCommands:
    """What the `limits` commands run on."""

    settings: Settings

    @asynccontextmanager
    async def limits(self) -> AsyncIterator[Rollout]:
        """Open the database, give what is stored, close it."""
        async with open_storage(self.settings) as storage:
            stored = await SqlLimitVersions(storage.database, storage.writer).load()
            yield Rollout.of(limits_of_settings(self.settings.queue), stored)


class _WithSettings(click.Group):
    def invoke(self, context: click.Context) -> object:
        context.obj = LimitsCommands(settings_for_command())
        with told_in_one_line():
            return super().invoke(context)


limits = _WithSettings("limits", limits_group.commands, help=limits_group.help)
