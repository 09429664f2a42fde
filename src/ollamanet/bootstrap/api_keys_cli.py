"""`ollamanet api-keys`: the commands of API keys, given the database of the settings."""

import click

from ollamanet.bootstrap.command_settings import settings_for_command, told_in_one_line
from ollamanet.bootstrap.identity_wiring import IdentityCommands
from ollamanet.interfaces.identity.api_keys_cli import api_keys as api_keys_group


class _WithSettings(click.Group):
    def invoke(self, context: click.Context) -> object:
        context.obj = IdentityCommands(settings_for_command())
        with told_in_one_line():
            return super().invoke(context)


api_keys = _WithSettings("api-keys", api_keys_group.commands, help=api_keys_group.help)
