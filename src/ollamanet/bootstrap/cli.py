"""The `ollamanet` command; each of its parts is imported only when it is called, so that none waits for another."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Final, cast

import click

from ollamanet import __version__

COMMANDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "serve": ("ollamanet.bootstrap.serve_cli:serve", "Serve the API."),
        "simulate": ("ollamanet.bootstrap.simulate_cli:simulate", "Run an Ollama simulator."),
        "chat": ("ollamanet.interfaces.conversations.cli:chat", "Chat in the terminal."),
        "users": ("ollamanet.bootstrap.users_cli:users", "Make, list and change accounts, invite people."),
        "roles": ("ollamanet.bootstrap.roles_cli:roles", "Look after roles: what they allow, and their limits."),
        "api-keys": ("ollamanet.bootstrap.api_keys_cli:api_keys", "Make, list and revoke API keys."),
        "keys": ("ollamanet.bootstrap.keys_cli:keys", "Look after the keys that sign access tokens."),
        "limits": ("ollamanet.bootstrap.limits_cli:limits", "Show the limits of users and their versions."),
        "audit": ("ollamanet.bootstrap.audit_cli:audit", "Read and check the audit trail."),
        "db": ("ollamanet.bootstrap.db_cli:db", "Look after the database."),
        "config": ("ollamanet.bootstrap.config_cli:config", "Check and show the settings."),
    }
)


class Commands(click.Group):
    """Knows the names of all commands, and imports one when it is asked for."""

    def list_commands(self, _: click.Context) -> list[str]:
        """All of them, in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        """Import it."""
        if name not in COMMANDS:
            return None
        module, _colon, attribute = COMMANDS[name][0].partition(":")
        return cast("click.Command", getattr(import_module(module), attribute))

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """List them without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_where, help_) in COMMANDS.items()])


@click.group(cls=Commands)
@click.version_option(__version__, prog_name="ollamanet")
def main() -> None:
    """One or many Ollama daemons as a shared, fair, observable service for a team."""
