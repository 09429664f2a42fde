"""Where an Ollama daemon is, and how long to wait for it."""

from dataclasses import dataclass, field

import httpx


@dataclass(frozen=True, slots=True)
class ReplicaAddress:
    """One Ollama daemon.

    Attributes:
        url: `http` or `https`, host, port, and a path if a proxy puts the daemon below one; no query, no user.
        token: sent as a bearer token, or None.
        label: what the replica is called, where that is not its host and port.
    """

    url: str
    token: str | None = field(default=None, repr=False)
    label: str | None = None

    @property
    def name(self) -> str:
        """The label, else host and port; never credentials."""
        if self.label is not None:
            return self.label
        parsed = httpx.URL(self.url)
        host = f"[{parsed.host}]" if ":" in parsed.host else parsed.host
        return f"{host}:{parsed.port or (443 if parsed.scheme == 'https' else 80)}"

    def at(self, path: str) -> httpx.URL:
        """The URL of a path of Ollama's (it begins with a slash), below the base path."""
        return httpx.URL(self.url.rstrip("/") + path)

    def headers(self) -> list[tuple[bytes, bytes]]:
        """What every request to it carries; nothing of our caller's."""
        headers = [(b"Host", httpx.URL(self.url).netloc), (b"User-Agent", b"ollamanet")]
        if self.token is not None:
            headers.append((b"Authorization", f"Bearer {self.token}".encode("latin-1")))
        return headers


@dataclass(frozen=True, slots=True)
class ReplicaTimeouts:
    """How long a replica may take, in seconds (> 0).

    Attributes:
        connect: to be reached.
        first_token: to load the model and read the prompt; Ollama sends nothing before.
        silence: the longest pause inside a reply.
    """

    connect: float = 5.0
    first_token: float = 120.0
    silence: float = 60.0
