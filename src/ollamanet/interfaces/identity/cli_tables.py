"""Accounts on a terminal."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import click
import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from ollamanet.domain.identity.user import User
from ollamanet.interfaces.identity.user_admin_schemas import AdministeredView, OverviewView

_WIDE: Final = 1000  # what is read by a program, or kept in a file, is not folded


def print_table(accounts: Sequence[AdministeredView]) -> None:
    """One line for each."""
    table = Table(title="Times are UTC", box=box.SIMPLE)
    for heading in ("username", "email", "roles"):
        table.add_column(heading, overflow="fold")
    for heading in ("created", "last sign-in", "status"):
        table.add_column(heading, no_wrap=True)
    for account in accounts:
        table.add_row(
            account.username,
            account.email,
            ", ".join(account.roles),
            _time(account.created_at),
            _time(account.last_sign_in_at),
            account.status,
        )
    _print(table)


def print_overview(account: OverviewView) -> None:
    """One line for each thing that is known of one account."""
    table = Table(title="Times are UTC", box=box.SIMPLE, show_header=False)
    limits = {name: value for name, value in msgspec.structs.asdict(account.limits).items() if value is not None}
    rows = {
        "id": str(account.id),
        "username": account.username,
        "email": account.email,
        "email verified": _time(account.email_verified_at),
        "roles": ", ".join(account.roles),
        "status": account.status,
        "created": _time(account.created_at),
        "last sign-in": _time(account.last_sign_in_at),
        "password changed": _time(account.password_changed_at),
        "deleted": _time(account.deleted_at),
        "locked by failed sign-ins until": _time(account.locked_until),
        "limits": msgspec.json.encode(limits).decode() if limits else "none of its own",
        "sessions": str(account.sessions),
        "API keys": str(account.api_keys),
    }
    for name, value in rows.items():
        table.add_row(name, value)
    _print(table)


def print_outcome(user: User, done: str, *, as_json: bool) -> None:
    """What became of an account: in a sentence, or as a JSON object."""
    click.echo(msgspec.json.encode(AdministeredView.of(user)) if as_json else f"{done} {user.username} <{user.email}>")


def _time(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d %H:%M}" if time else "never"


def _print(table: Table) -> None:
    # Names are people's own text, and must not be read as markup.
    width = None if sys.stdout.isatty() else _WIDE
    Console(markup=False, emoji=False, highlight=False, width=width).print(table)
