# SPDX-License-Identifier: Apache-2.0
import multiprocessing
import threading
import time
from multiprocessing.connection import Connection

import numpy as np
import psutil
import pytest

from pellicle.engine import memory as memory_module
from pellicle.engine.memory import MemoryWatch


def watched(told: Connection) -> None:
    """Tell the peaks before, while and after 200 MB are held."""
    with MemoryWatch() as before:
        time.sleep(0.05)
    with MemoryWatch() as watch:
        pixels = np.ones(200_000_000, np.uint8)
        # A sample takes its time on a busy machine.
        ends = time.monotonic() + 20
        while watch.peak_mb <= before.peak_mb + 100 and time.monotonic() < ends:
            time.sleep(0.05)
        held = watch.peak_mb
        del pixels
        time.sleep(0.6)
    told.send((before.peak_mb, held, watch.peak_mb))


def test_peak_holds_what_was_in_use_inside_the_block() -> None:
    # In a process of its own: from one that has grown to gigabytes in other tests, the
    # system takes memory back meanwhile, as much as is asked for here.
    spawn = multiprocessing.get_context("spawn")
    told, tell = spawn.Pipe(duplex=False)
    process = spawn.Process(target=watched, args=(tell,))
    process.start()
    assert told.poll(120)
    before, held, peak = told.recv()
    process.join()
    assert before > 10
    assert held > before + 100
    assert peak >= held


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
