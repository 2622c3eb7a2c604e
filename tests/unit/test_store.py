# SPDX-License-Identifier: Apache-2.0
import errno
import os
from pathlib import Path

import numpy as np
import pytest
import zarr

from pellicle.errors import DiskFullError, StoreDamagedError, UnwritableError
from pellicle.io import store as store_module
from pellicle.io.store import CHUNK_PX, PlaneSpec, RasterStore
from pellicle.model.raster import Window

SHAPE = (CHUNK_PX + 88, 2 * CHUNK_PX + 76)
WHOLE = Window(0, 0, *SHAPE)
PLANES = {"samples": PlaneSpec("uint16", 3), "numbers": PlaneSpec("uint32")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "raster.zarr"


@pytest.fixture
def store(folder: Path) -> RasterStore:
    return RasterStore.create(folder, SHAPE, PLANES)


def chunks(folder: Path, plane: str) -> list[str]:
    below = folder / plane
    files = (path for path in below.rglob("*") if path.is_file())
    names = (path.relative_to(below).as_posix() for path in files)
    return sorted(name for name in names if name != "zarr.json")


def failing(number: int):
    def fail(*_args: object, **_named: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_pixels_come_back_from_any_window(store: RasterStore, folder: Path) -> None:
    samples = np.random.default_rng(0).integers(0, 65_536, (*SHAPE, 3), np.uint16)
    store.write("samples", WHOLE, samples)
    part = Window(CHUNK_PX - 5, 7, CHUNK_PX + 9, SHAPE[1])
    found = RasterStore.open(folder).read("samples", part)
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found, samples[part.slices])


def test_what_was_not_written_is_0_and_has_no_file(
    store: RasterStore, folder: Path
) -> None:
    store.write("numbers", Window(0, 0, 2, 2), np.ones((2, 2), np.uint32))
    assert chunks(folder, "numbers") == ["c/0/0"]
    assert chunks(folder, "samples") == []
    assert not store.read("samples", WHOLE).any()
    assert store.read("numbers", WHOLE).sum() == 4


def test_chunk_that_becomes_0_loses_its_file(store: RasterStore, folder: Path) -> None:
    window = Window(0, CHUNK_PX, 4, CHUNK_PX + 4)
    with zarr.config.set({"array.write_empty_chunks": True}):  # a person's own setting
        store.write("numbers", window, np.ones((4, 4), np.uint32))
        store.write("numbers", window, np.zeros((4, 4), np.uint32))
    assert chunks(folder, "numbers") == []


def test_part_of_a_chunk_leaves_the_rest(store: RasterStore) -> None:
    store.write("numbers", Window(0, 0, 4, 4), np.full((4, 4), 1, np.uint32))
    store.write("numbers", Window(2, 2, 6, 6), np.full((4, 4), 2, np.uint32))
    found = store.read("numbers", Window(0, 0, 6, 6))
    assert np.count_nonzero(found == 1) == 12
    assert np.count_nonzero(found == 2) == 16


def test_every_chunk_is_on_the_disk_when_write_returns(
    store: RasterStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled: list[str] = []
    monkeypatch.setattr(
        store_module,
        "_settle",
        lambda chunk: settled.append(chunk.relative_to(folder).as_posix()),
    )
    window = Window(CHUNK_PX - 1, CHUNK_PX - 1, CHUNK_PX + 1, CHUNK_PX + 1)
    store.write("samples", window, np.ones((2, 2, 3), np.uint16))
    store.write("numbers", window, np.ones((2, 2), np.uint32))
    assert settled == [
        *(f"samples/{name}" for name in chunks(folder, "samples")),
        *(f"numbers/{name}" for name in chunks(folder, "numbers")),
    ]
    assert len(settled) == 8


def test_store_that_stands_there_is_gone_on_with(
    store: RasterStore, folder: Path
) -> None:
    store.write("numbers", Window(0, 0, 1, 1), np.ones((1, 1), np.uint32))
    more = {**PLANES, "evidence": PlaneSpec("uint8")}
    again = RasterStore.create(folder, SHAPE, more)
    assert again.read("numbers", Window(0, 0, 1, 1)).item() == 1
    assert not again.read("evidence", WHOLE).any()


def test_missing_store_and_missing_plane_are_named(
    store: RasterStore, tmp_path: Path
) -> None:
    with pytest.raises(StoreDamagedError, match=r"nothing\.zarr"):
        RasterStore.open(tmp_path / "nothing.zarr")
    with pytest.raises(StoreDamagedError, match="evidence"):
        store.read("evidence", WHOLE)
    with pytest.raises(StoreDamagedError, match="evidence"):
        store.write("evidence", WHOLE, np.zeros(SHAPE, np.uint8))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"node_type": "group"}'])
def test_damaged_description_of_a_plane_is_named(
    store: RasterStore, folder: Path, content: bytes
) -> None:
    store.write("numbers", Window(0, 0, 1, 1), np.ones((1, 1), np.uint32))
    (folder / "numbers" / "zarr.json").write_bytes(content)
    with pytest.raises(StoreDamagedError, match="numbers"):
        RasterStore.open(folder).read("numbers", WHOLE)


@pytest.mark.parametrize("content", [b"", b"{", b"[]"])
def test_damaged_description_of_the_store_is_named(
    store: RasterStore, folder: Path, content: bytes
) -> None:
    del store
    (folder / "zarr.json").write_bytes(content)
    with pytest.raises(StoreDamagedError) as caught:
        RasterStore.open(folder)
    assert caught.value.exit_status == 65
    with pytest.raises(StoreDamagedError):
        RasterStore.create(folder, SHAPE, PLANES)


@pytest.mark.parametrize("kept", [0, 20, -1])
def test_chunk_cut_short_is_named_when_read_or_added_to(
    store: RasterStore, folder: Path, kept: int
) -> None:
    generator = np.random.default_rng(0)
    pixels = generator.integers(1, 2**32, (100, 100), np.uint32)
    store.write("numbers", Window(0, 0, 100, 100), pixels)
    chunk = folder / "numbers" / "c" / "0" / "0"
    chunk.write_bytes(chunk.read_bytes()[:kept])
    with pytest.raises(StoreDamagedError, match="numbers"):
        store.read("numbers", Window(0, 0, 1, 1))
    with pytest.raises(StoreDamagedError, match="numbers"):
        store.write("numbers", Window(0, 0, 1, 1), np.ones((1, 1), np.uint32))
    tile = Window(0, 0, CHUNK_PX, CHUNK_PX)
    store.write("numbers", tile, np.ones((CHUNK_PX, CHUNK_PX), np.uint32))
    assert (store.read("numbers", tile) == 1).all()


@pytest.mark.parametrize("part", [0.0, 0.2, 0.5, 0.8, 1.0])
def test_one_changed_bit_of_a_chunk_is_named_when_read_or_added_to(
    store: RasterStore, folder: Path, part: float
) -> None:
    pixels = np.random.default_rng(0).integers(1, 2**32, (100, 100), np.uint32)
    store.write("numbers", Window(0, 0, 100, 100), pixels)
    chunk = folder / "numbers" / "c" / "0" / "0"
    content = bytearray(chunk.read_bytes())
    content[round(part * (len(content) - 1))] ^= 4
    chunk.write_bytes(content)
    with pytest.raises(StoreDamagedError, match="numbers"):
        store.read("numbers", Window(0, 0, 1, 1))
    with pytest.raises(StoreDamagedError, match="numbers"):
        store.write("numbers", Window(0, 0, 1, 1), np.ones((1, 1), np.uint32))


def test_too_little_memory_is_not_taken_for_damage(
    store: RasterStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(_pixels: object) -> None:
        raise MemoryError

    monkeypatch.setattr(np, "ascontiguousarray", short)
    with pytest.raises(MemoryError):
        store.read("numbers", WHOLE)


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.ENOSPC, DiskFullError), (errno.EACCES, UnwritableError)],
)
def test_full_and_forbidden_disks_are_named(
    store: RasterStore,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    kind: type[Exception],
) -> None:
    store.write("numbers", Window(0, 0, 1, 1), np.ones((1, 1), np.uint32))
    monkeypatch.setattr("zarr.storage._local._put", failing(number))
    with pytest.raises(kind, match=r"raster\.zarr"):
        store.write("numbers", Window(0, 0, 1, 1), np.full((1, 1), 2, np.uint32))
    monkeypatch.undo()
    assert store.read("numbers", Window(0, 0, 1, 1)).item() == 1


def test_folder_that_may_not_be_written_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zarr.storage._local._put", failing(errno.EROFS))
    with pytest.raises(UnwritableError, match="Read-only"):
        RasterStore.create(folder, SHAPE, PLANES)


def test_file_where_the_store_should_be_is_named(folder: Path) -> None:
    folder.write_bytes(b"a file")
    with pytest.raises((UnwritableError, StoreDamagedError)):
        RasterStore.create(folder, SHAPE, PLANES)
    assert folder.read_bytes() == b"a file"
