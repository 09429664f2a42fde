"""`ollamanet chat`: a conversation in the terminal."""

import contextlib
import sys
from importlib import import_module
from typing import Any

import click
import httpx
from rich.console import Console

from ollamanet.interfaces.conversations.chat_client import ChatClient, ServerSaidNo, harmless


@click.command("chat")
@click.argument("message", required=False)
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="The server.")
@click.option("--login", help="Email address or user name; asked for when absent.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@click.option("--model", help="Else the conversation's, or the server's default.")
@click.option("--conversation", help="Id of a conversation to go on with.")
def chat(
    message: str | None,
    url: str,
    login: str | None,
    model: str | None,
    conversation: str | None,
    *,
    password_stdin: bool,
) -> None:
    """Sign in and chat. With MESSAGE: one question, one answer. Ctrl-C stops an answer, Ctrl-D ends."""
    login = login or click.prompt("Email or user name", err=True)
    password = (
        sys.stdin.readline().rstrip("\r\n") if password_stdin else click.prompt("Password", hide_input=True, err=True)
    )
    url = url.rstrip("/") if "://" in url else f"http://{url}".rstrip("/")
    client = ChatClient(url, login, password, conversation)
    try:
        name = client.sign_in()
        if message is not None:
            _Answer().show(client, message, model)
            return
        click.echo(f"Signed in as {name}. Ctrl-C stops an answer, Ctrl-D ends.", err=True)
        _converse(client, model)
    except ServerSaidNo as refusal:
        raise click.ClickException(str(refusal)) from refusal
    except httpx.HTTPError as error:
        raise click.ClickException(f"{url} cannot be reached: {error}") from error


def _converse(client: ChatClient, model: str | None) -> None:
    # With it the terminal's lines can be edited and recalled; a Python without it reads them all the same.
    with contextlib.suppress(ImportError):
        import_module("readline")
    while True:
        try:
            message = click.prompt(">", prompt_suffix=" ", err=True)
        except click.Abort:
            click.echo(err=True)
            if client.conversation_id:
                again = f"--url {client.url} --login {client.login} --conversation {client.conversation_id}"
                click.echo(f"Go on later: ollamanet chat {again}", err=True)
            return
        try:
            _Answer().show(client, message, model)
        except ServerSaidNo as refusal:
            click.secho(f"\n{refusal}", fg="red", err=True)
        except httpx.HTTPError as error:
            click.secho(f"\n{client.url} does not answer: {error}", fg="red", err=True)


class _Answer:
    """One answer on the screen: its text on standard output, everything else beside it."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, markup=False, emoji=False, highlight=False)
        self._thinking = False

    def show(self, client: ChatClient, message: str, model: str | None) -> None:
        events = client.ask(message, model)
        try:
            with self._console.status("waiting") as status:
                for event, data in events:
                    if event in {"queued", "started"}:
                        status.update(_phase(event, data))
                    elif event in {"token", "thinking", "tool_call", "done"}:
                        status.stop()
                        self._print(event, data)
        except KeyboardInterrupt:
            self._console.print("\n(stopped; what was said so far is kept)", style="dim")
        finally:
            events.close()

    def _print(self, event: str, data: dict[str, Any]) -> None:
        if event == "token":
            if self._thinking:
                self._console.print()
                self._thinking = False
            click.echo(harmless(data["text"]), nl=False)
        elif event == "thinking":
            self._thinking = True
            self._console.print(harmless(data["text"]), style="dim italic", end="")
        elif event == "tool_call":
            self._console.print(harmless(f"[calls {data['name']} with {data['arguments']}]"), style="yellow")
        else:
            click.echo()


def _phase(event: str, data: dict[str, Any]) -> str:
    if event == "queued":
        wait = data["estimated_wait_ms"]
        return f"place {data['position']} in the queue" + (f", about {wait / 1000:.0f} s" if wait else "")
    return "loading the model" if data["cold_load"] else "reading the question"
