"""Layers on their way from the registry: one download a blob, however many ask for it, resumed where it stopped."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from ollamanet.infrastructure.simulator.installed import weights_of
from ollamanet.infrastructure.simulator.options import ModelSpec


@dataclass(frozen=True, slots=True)
class Layer:
    """A blob of a manifest: 64 hex digits and its size in bytes."""

    digest: str
    size: int


def layers_of(spec: ModelSpec) -> tuple[Layer, ...]:
    """The layers of a model; those beside the weights are shared by its family."""
    small = (("licence", 12_320), ("template", 1_481), ("parameters", 96))
    shared = (Layer(hashlib.sha256(f"{part} of {spec.family}".encode()).hexdigest(), size) for part, size in small)
    return (Layer(weights_of(spec), spec.size), *shared)


@dataclass(slots=True)
class _Download:
    """`done` bytes were there at `since` (seconds of the loop's clock); it only grows while somebody listens."""

    done: float = 0.0
    since: float = 0.0
    listeners: int = 0


class Downloads:
    """Finished and unfinished blobs. What an abandoned pull has fetched stays for the next one."""

    def __init__(self, bytes_per_second: float, progress_seconds: float, count: Callable[[int], None]) -> None:
        """Args: bytes_per_second: of each blob. progress_seconds: between reports. count: told the bytes fetched."""
        self._rate = bytes_per_second
        self._interval = progress_seconds
        self._count = count
        self._partial: dict[str, _Download] = {}
        self._present: set[str] = set()

    def has(self, digest: str) -> bool:
        """Whether the blob is whole."""
        return digest in self._present

    def add(self, digest: str) -> None:
        """Put a whole blob on the disk."""
        self._present.add(digest)

    async def fetch(self, layer: Layer) -> AsyncGenerator[int, None]:
        """Download a layer, or join its download.

        Yields:
            Bytes on disk: at once, then once an interval; the last one is less than the size, as on the wire. A layer
            that was there already gives its size, once.
        """
        if layer.digest in self._present:
            yield layer.size
            return
        clock = asyncio.get_running_loop().time
        download = self._partial.setdefault(layer.digest, _Download())
        now = clock()
        if download.listeners == 0:
            download.since = now
        download.listeners += 1
        try:
            while (done := self._progress(download, now)) < layer.size:
                yield int(done)
                rest = (layer.size - done) / self._rate
                await asyncio.sleep(min(self._interval, rest))
                now = clock()
            self._finish(layer, download)
        finally:
            download.listeners -= 1
            self._settle(layer, download, clock())

    def _progress(self, download: _Download, now: float) -> float:
        return download.done + (now - download.since) * self._rate

    def _finish(self, layer: Layer, download: _Download) -> None:
        if layer.digest not in self._present:
            self._present.add(layer.digest)
            self._count(layer.size - int(download.done))
            self._partial.pop(layer.digest, None)

    def _settle(self, layer: Layer, download: _Download, now: float) -> None:
        if download.listeners or layer.digest in self._present:
            return
        done = min(self._progress(download, now), float(layer.size))
        self._count(int(done) - int(download.done))
        download.done = done
