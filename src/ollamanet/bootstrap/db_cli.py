"""`ollamanet db`."""

import anyio
import click

from ollamanet.bootstrap.command_settings import settings_for_command, told_in_one_line
from ollamanet.bootstrap.settings import Settings
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.database_schema import SchemaState, schema_state, upgrade


@click.group("db")
def db() -> None:
    """Look after the database."""


@db.command("upgrade")
def upgrade_command() -> None:
    """Bring the schema up to date; safe to repeat."""
    with told_in_one_line():
        click.echo(anyio.run(_upgrade, settings_for_command()))


async def _upgrade(settings: Settings) -> str:
    database = Database(settings.database.url)
    try:
        state = await schema_state(database)
        if state is SchemaState.CURRENT:
            return "The schema is up to date."
        if state is SchemaState.NEWER:
            raise click.ClickException("the database is of a newer version of OllamaNet; use that version")
        await upgrade(database)
        return "The schema was brought up to date."
    finally:
        await database.dispose()
