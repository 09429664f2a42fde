"""`ollamanet keys`: the keys that sign access tokens."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import click

from ollamanet.application.identity.commands.rotate_keys import Rotated, RotateKeys, RotateKeysHandler


class KeysContext(Protocol):
    """What the `keys` group expects as click's `obj`."""

    def rotation(self) -> AbstractAsyncContextManager[RotateKeysHandler]:
        """Open the database and the data folder, give the use case, close."""
        ...


@click.group("keys")
def keys() -> None:
    """Look after the keys that sign access tokens."""


@keys.command("rotate")
@click.option("--drop-others", is_flag=True, help="older keys verify no longer: one of them may have leaked")
@click.pass_obj
def rotate(context: KeysContext, *, drop_others: bool) -> None:
    """Have a new key sign from now on; a server that runs notices within a second, and nobody has to sign in again."""

    async def rotated() -> Rotated:
        async with context.rotation() as handler:
            return await handler(RotateKeys(drop_others))

    done = asyncio.run(rotated())
    click.echo(f"{done.kid} signs from now on; older keys that still verify: {done.still_verifying}")
