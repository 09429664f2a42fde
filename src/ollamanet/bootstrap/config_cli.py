"""`ollamanet config`: whether the settings are right, and which are in force."""

import os
from pathlib import Path

import click

from ollamanet.bootstrap.settings_report import effective_settings
from ollamanet.bootstrap.settings_sources import LoadedSettings, SettingsInvalid, load_with_sources
from ollamanet.infrastructure.inference.models_file_values import SHIPPED

_file_option = click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path),
    help="A TOML file of settings; else the one that OLLAMANET_CONFIG names, else ./ollamanet.toml where it exists.",
)


@click.group()
def config() -> None:
    """Check and show the settings."""


@config.command()
@_file_option
def check(file: Path | None) -> None:
    """Say whether the settings can be used; name every mistake and exit with 1 otherwise."""
    _load(file)
    click.echo("The settings are good.")


@config.command()
@_file_option
def show(file: Path | None) -> None:
    """Print the settings in force and where each comes from, without secrets."""
    click.echo(effective_settings(_load(file)), nl=False)


@config.command()
def models() -> None:
    """Print the model profiles that come with OllamaNet, to be changed and kept as config/models.yaml."""
    click.echo(SHIPPED.read_text(encoding="utf-8"), nl=False)


def _load(file: Path | None) -> LoadedSettings:
    try:
        return load_with_sources(os.environ, file)
    except SettingsInvalid as invalid:
        raise click.ClickException(invalid_settings_text(invalid)) from None


def invalid_settings_text(invalid: SettingsInvalid) -> str:
    """Every mistake on a line of its own, for a terminal."""
    count = len(invalid.problems)
    return "\n".join(
        [f"{count} mistake{'s' if count > 1 else ''} in the settings", *(f"  {p}" for p in invalid.problems)]
    )
