"""`ollamanet keys`: the commands of the signing keys, given the data folder and the database of the settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import click

from ollamanet.application.identity.commands.rotate_keys import RotateKeysHandler
from ollamanet.bootstrap.command_settings import settings_for_command, told_in_one_line
from ollamanet.bootstrap.settings import Settings
from ollamanet.bootstrap.storage import StartRefused, open_storage
from ollamanet.infrastructure.identity.key_files import KeyFolder
from ollamanet.infrastructure.identity.key_rotation import KeyRotation
from ollamanet.infrastructure.kernel.sql_audit_trail import SqlAuditTrail
from ollamanet.infrastructure.kernel.system_clock import SystemClock
from ollamanet.interfaces.identity.keys_cli import keys as keys_group

_GIVEN = (
    "the key is given by OLLAMANET_SIGNING_KEY: to rotate it, start every server with the new one there and the old one"
    " in OLLAMANET_PREVIOUS_SIGNING_KEY, which may go once tokens of it have expired"
)


@dataclass(frozen=True, slots=True)
class KeysCommands:
    """What the `keys` commands run on."""

    settings: Settings

    @asynccontextmanager
    async def rotation(self) -> AsyncIterator[RotateKeysHandler]:
        """Open the database, give the use case, close it.

        Raises:
            StartRefused: the key is not ours to rotate.
        """
        if self.settings.identity.signing_key is not None:
            raise StartRefused(_GIVEN)
        clock, folder = SystemClock(), KeyFolder(self.settings.server.data_dir)
        async with open_storage(self.settings) as storage:
            rotation = KeyRotation(folder, clock, self.settings.identity.access_token_s)
            yield RotateKeysHandler(rotation, SqlAuditTrail(storage.writer), clock)


class _WithSettings(click.Group):
    def invoke(self, context: click.Context) -> object:
        context.obj = KeysCommands(settings_for_command())
        with told_in_one_line():
            return super().invoke(context)


keys = _WithSettings("keys", keys_group.commands, help=keys_group.help)
