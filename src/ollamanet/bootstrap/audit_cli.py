"""`ollamanet audit`: the commands of the audit trail, given the database of the settings."""

import click

from ollamanet.bootstrap.audit_wiring import AuditCommands
from ollamanet.bootstrap.command_settings import settings_for_command, told_in_one_line
from ollamanet.interfaces.operations.audit_cli import audit as audit_group


class _WithSettings(click.Group):
    def invoke(self, context: click.Context) -> object:
        context.obj = AuditCommands(settings_for_command())
        with told_in_one_line():
            return super().invoke(context)


audit = _WithSettings("audit", audit_group.commands, help=audit_group.help)
