"""Archives that are sent while they are made."""

import gc
import io
from datetime import UTC, datetime
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest

from ollamanet.interfaces.kernel.json_pieces import json_array
from ollamanet.interfaces.kernel.zip_stream import ZipStream

NOON = datetime(2026, 11, 22, 12, 30, 2, tzinfo=UTC)


def test_what_goes_in_comes_out() -> None:
    files = {"a/größe.json": b"{}" * 1000, "b.md": b"# b", "c.png": bytes(range(256))}
    archive, taken = ZipStream(NOON), b""
    for path, content in files.items():
        for start in range(0, len(content), 100):
            archive.add(path, content[start : start + 100])
            taken += archive.take()
    archive.finish()
    archive.finish()
    taken += archive.take()

    with ZipFile(io.BytesIO(taken)) as unpacked:
        assert unpacked.testzip() is None
        assert {info.filename: unpacked.read(info) for info in unpacked.infolist()} == files
        assert [info.compress_type for info in unpacked.infolist()] == [ZIP_DEFLATED, ZIP_DEFLATED, ZIP_STORED]
        assert {info.date_time for info in unpacked.infolist()} == {(2026, 11, 22, 12, 30, 2)}


def test_the_same_files_make_the_same_archive() -> None:
    def made() -> bytes:
        with ZipStream(NOON) as archive:
            archive.add("a", b"a")
            archive.finish()
            return archive.take()

    assert made() == made()


def test_what_was_taken_is_not_kept() -> None:
    archive = ZipStream(NOON)
    archive.add("a.png", bytes(100_000))
    assert archive.waiting >= 100_000
    assert len(archive.take()) >= 100_000
    assert archive.waiting == 0
    archive.finish()


def test_one_that_is_given_up_makes_no_noise() -> None:
    def give_up() -> None:
        with ZipStream(NOON) as archive:
            archive.add("a", b"a")
            raise OSError("left")

    with pytest.raises(OSError, match="left"):
        give_up()
    gc.collect()


@pytest.mark.anyio
@pytest.mark.parametrize(("items", "text"), [([], b"[]\n"), ([1], b"[\n1\n]\n"), ([1, "b"], b'[\n1,\n"b"\n]\n')])
async def test_a_long_list_is_json_item_by_item(items: list, text: bytes) -> None:
    async def each():
        for item in items:
            yield item

    assert b"".join([piece async for piece in json_array(each())]) == text
