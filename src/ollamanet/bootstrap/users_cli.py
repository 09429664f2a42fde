"""`ollamanet users`: the identity module's commands, given the database of the settings."""

import click

from ollamanet.bootstrap.command_settings import settings_for_command, told_in_one_line
from ollamanet.bootstrap.identity_wiring import IdentityCommands
from ollamanet.interfaces.identity.cli import users as users_group
from ollamanet.interfaces.identity.sign_up_cli import invite, setup_token


class _WithSettings(click.Group):
    def invoke(self, context: click.Context) -> object:
        context.obj = IdentityCommands(settings_for_command())
        with told_in_one_line():
            return super().invoke(context)


_COMMANDS = {**users_group.commands, "invite": invite, "setup-token": setup_token}
users = _WithSettings("users", _COMMANDS, help=users_group.help)
