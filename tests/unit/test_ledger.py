# SPDX-License-Identifier: Apache-2.0
import os
from pathlib import Path

import pytest

from pellicle.engine.ledger import Ledger
from pellicle.errors import DiskFullError


def test_finished_tasks_are_remembered_by_the_next_process(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.txt")
    assert not ledger.has("tile 0 0")
    ledger.done("tile 0 0")
    ledger.done("tile 0 1024")
    assert ledger.has("tile 0 0")
    again = Ledger(tmp_path / "ledger.txt")
    assert again.has("tile 0 0")
    assert again.has("tile 0 1024")
    assert not again.has("")


def test_line_cut_short_by_a_crash_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "ledger.txt").write_bytes(b"tile 0 0\ntile 0 10")
    ledger = Ledger(tmp_path / "ledger.txt")
    assert ledger.has("tile 0 0")
    assert not ledger.has("tile 0 10")


def test_tasks_after_a_torn_line_are_remembered_too(tmp_path: Path) -> None:
    (tmp_path / "ledger.txt").write_bytes(b"tile 0 0\ntile 0 10\xff\x00")
    ledger = Ledger(tmp_path / "ledger.txt")
    ledger.done("tile 0 1024")
    ledger.done("tile 0 2048")
    again = Ledger(tmp_path / "ledger.txt")
    assert again.has("tile 0 0")
    assert again.has("tile 0 1024")
    assert again.has("tile 0 2048")


def test_task_is_not_done_when_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    ledger = Ledger(tmp_path / "ledger.txt")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFullError):
        ledger.done("tile 0 0")
    assert not ledger.has("tile 0 0")
