"""The settings for a command, and its end when something is wrong with them or with what they name."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import SQLAlchemyError

from ollamanet.bootstrap.config_cli import invalid_settings_text
from ollamanet.bootstrap.settings import Settings
from ollamanet.bootstrap.settings_sources import SettingsInvalid, load_settings
from ollamanet.bootstrap.storage import StartRefused
from ollamanet.infrastructure.identity.signing_keys import UnusableSigningKey


def settings_for_command() -> Settings:
    """From the environment and the file.

    Raises:
        ClickException: lists every mistake.
    """
    try:
        return load_settings(os.environ)
    except SettingsInvalid as invalid:
        raise click.ClickException(invalid_settings_text(invalid)) from None


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """Turn what a person can mend into one line and exit code 1."""
    try:
        yield
    except (StartRefused, UnusableSigningKey) as error:
        raise click.ClickException(str(error)) from error
    except SQLAlchemyError as error:
        raise click.ClickException(f"the database cannot be used: {getattr(error, 'orig', None) or error}") from error
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
