"""`ollamanet users`: the identity module's commands, given the database of the settings."""

import click

from ollamanet.bootstrap.command_settings import settings_for_command, told_in_one_line
from ollamanet.bootstrap.identity_wiring import IdentityCommands
from ollamanet.interfaces.identity.cli import users as users_group


class _WithSettings(click.Group):
    def invoke(self, context: click.Context) -> object:
        context.obj = IdentityCommands(settings_for_command())
        with told_in_one_line():
            return super().invoke(context)


users = _WithSettings("users", users_group.commands, help=users_group.help)
