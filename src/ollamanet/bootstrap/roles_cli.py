"""`ollamanet roles`: the commands of roles, given the database of the settings."""

import click

from ollamanet.bootstrap.command_settings import settings_for_command, told_in_one_line
from ollamanet.bootstrap.roles_wiring import RolesCommands
from ollamanet.interfaces.identity.roles_cli import roles as roles_group


class _WithSettings(click.Group):
    def invoke(self, context: click.Context) -> object:
        context.obj = RolesCommands(settings_for_command())
        with told_in_one_line():
            return super().invoke(context)


roles = _WithSettings("roles", roles_group.commands, help=roles_group.help)
