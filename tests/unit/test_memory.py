# SPDX-License-Identifier: Apache-2.0
import threading
import time

import numpy as np
import psutil
import pytest

from pellicle.engine import memory as memory_module
from pellicle.engine.memory import MemoryWatch


def test_peak_holds_what_was_in_use_inside_the_block() -> None:
    with MemoryWatch() as before:
        time.sleep(0.05)
    with MemoryWatch() as watch:
        pixels = np.ones(200_000_000, np.uint8)
        # A sample of a large process takes its time on a busy machine.
        ends = time.monotonic() + 20
        while watch.peak_mb <= before.peak_mb + 100 and time.monotonic() < ends:
            time.sleep(0.05)
        held = watch.peak_mb
        del pixels
        time.sleep(0.6)
    assert before.peak_mb > 10
    assert held > before.peak_mb + 100
    assert watch.peak_mb >= held


def test_watch_ends_with_its_block() -> None:
    threads = threading.active_count()
    with MemoryWatch():
        assert threading.active_count() == threads + 1
    assert threading.active_count() == threads


def test_process_that_has_just_ended_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Ended:
        def memory_full_info(self) -> None:
            raise psutil.NoSuchProcess(0)

    monkeypatch.setattr(psutil.Process, "children", lambda *_, **__: [Ended()])
    assert memory_module._memory_mb() > 10
