"""A ZIP archive that is sent while it is made: it is never whole in memory, nor on a disk."""

from datetime import datetime
from typing import IO, Any, Final, Self
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

_READABLE: Final = 0o600 << 16
_PACKED_ALREADY: Final = (".png", ".jpg", ".gif", ".webp")


class ZipStream:
    """Files in, bytes of the archive out. Each file is less than 2 GiB; together they may be more."""

    def __init__(self, at: datetime) -> None:
        """An empty archive, all of whose files are of this time."""
        self._sink: Final = _Sink()
        # It seems not to be a file to the type checker: it can only be written to, which is all that is done here.
        sink: Any = self._sink
        self._zip: Final = ZipFile(sink, "w")
        self._time: Final = (at.year, at.month, at.day, at.hour, at.minute, at.second)
        self._path = ""
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of everything; what was not complete until now is not sent any more."""
        self.finish()

    def add(self, path: str, piece: bytes) -> None:
        """Go on with a file, or begin the next one; the one before is complete then."""
        if self._file is None or path != self._path:
            self._close_file()
            info = ZipInfo(path, self._time)
            info.compress_type = ZIP_STORED if path.endswith(_PACKED_ALREADY) else ZIP_DEFLATED
            info.external_attr = _READABLE
            self._path, self._file = path, self._zip.open(info, "w")
        self._file.write(piece)

    def finish(self) -> None:
        """Complete the archive; one whose last bytes are not sent is damaged, and whoever unpacks it is told so."""
        self._close_file()
        self._zip.close()

    @property
    def waiting(self) -> int:
        """Bytes that can be taken."""
        return self._sink.size

    def take(self) -> bytes:
        """The archive's next bytes."""
        return self._sink.take()

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class _Sink:
    """Something to write to that cannot be read, and has no place to go back to."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.size = 0

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Everything is where it can be taken."""

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        self.size = 0
        return taken
