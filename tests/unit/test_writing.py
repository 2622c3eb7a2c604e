# SPDX-License-Identifier: Apache-2.0
import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pellicle.errors import DiskFullError, PellicleError, UnwritableError
from pellicle.io.writing import cannot_write, partial_name, whole_file, write_whole

KILLED = """
import os, signal, sys
from pathlib import Path
from pellicle.io.writing import whole_file
with whole_file(Path(sys.argv[1])) as beside:
    beside.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def failing(number: int, name: str | None = None):
    def fail(*_args: object, **_named: object) -> None:
        raise OSError(number, os.strerror(number), name)

    return fail


def test_file_appears_whole_with_folders_that_were_missing(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "c.txt"
    with whole_file(path) as beside:
        beside.write_bytes(b"content")
        assert not path.exists()
    assert path.read_bytes() == b"content"
    assert [file.name for file in path.parent.iterdir()] == ["c.txt"]


def stop_half_way(path: Path) -> None:
    with whole_file(path) as beside:
        beside.write_bytes(b"half")
        message = "stop"
        raise RuntimeError(message)


def test_failed_block_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_whole(path, b"before")
    with pytest.raises(RuntimeError, match="stop"):
        stop_half_way(path)
    assert path.read_bytes() == b"before"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_error_of_ours_is_not_renamed(tmp_path: Path) -> None:
    with pytest.raises(DiskFullError), whole_file(tmp_path / "a.txt"):
        raise DiskFullError("elsewhere")


def test_killed_writer_leaves_no_half_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert not path.exists()
    assert (tmp_path / partial_name("a.txt")).exists()
    write_whole(path, b"whole")
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_full_disk_is_named_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", failing(errno.ENOSPC))
    with pytest.raises(DiskFullError) as caught:
        write_whole(tmp_path / "a.txt", b"content")
    assert caught.value.exit_status == 73
    assert "a.txt" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_forbidden_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "write_bytes", failing(errno.EACCES))
    with pytest.raises(UnwritableError, match="Permission denied") as caught:
        write_whole(tmp_path / "a.txt", b"content")
    assert caught.value.exit_status == 73


def test_file_where_a_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a file")
    with pytest.raises(UnwritableError):
        write_whole(tmp_path / "a" / "b.txt", b"content")
    assert (tmp_path / "a").read_bytes() == b"a file"


def test_folder_where_the_file_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(UnwritableError, match="directory"):
        write_whole(tmp_path / "a.txt", b"content")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, DiskFullError),
        (errno.EDQUOT, DiskFullError),
        (errno.EFBIG, UnwritableError),
        (errno.EROFS, UnwritableError),
        (errno.EACCES, UnwritableError),
    ],
)
def test_reason_decides_the_error(number: int, kind: type[PellicleError]) -> None:
    error = cannot_write(Path("a.tif"), OSError(number, os.strerror(number)))
    assert type(error) is kind


def test_reason_without_words_is_named_by_its_kind() -> None:
    assert "TimeoutError" in str(cannot_write(Path("a.tif"), TimeoutError()))
