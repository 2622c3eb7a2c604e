# SPDX-License-Identifier: Apache-2.0
import importlib.util
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import psutil
import pytest
from typing_extensions import override

from pellicle.engine.workers import (
    SerialExecutor,
    begin_task,
    run_tasks,
    warm_up,
    worker_pool,
)
from pellicle.errors import CorruptScanError, WorkerLostError
from pellicle.workflow import work

ORPHANS = """
import os, signal, time
from pellicle.engine.workers import run_tasks, worker_pool

def who(_task):
    time.sleep(0.3)
    return os.getpid()

if __name__ == "__main__":
    with worker_pool(2) as pool:
        run_tasks(pool, "who", who, [1, 2, 3], lambda _, pid: print(pid, flush=True))
        os.kill(os.getpid(), signal.SIGKILL)
"""


def squared(number: int) -> int:
    return number * number


def refuse(number: int) -> int:
    if number == 3:
        raise CorruptScanError("scan.tif", f"strip {number} cannot be decoded")
    return number


def leave(_task: int) -> None:
    os._exit(3)


def die(_task: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def threads(_task: int) -> str | None:
    return os.environ.get("OMP_NUM_THREADS")


def exhaust(_task: int) -> None:
    raise MemoryError


class OddError(Exception):
    """Cannot be made anew from its arguments."""

    def __init__(self, one: int, other: int) -> None:
        super().__init__(f"{one} and {other}")


def oddly(task: int) -> None:
    raise OddError(task, task)


def interrupted(_task: int) -> None:
    raise KeyboardInterrupt


def gone(pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        tracker = "resource_tracker" in " ".join(process.cmdline())
        return tracker or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def all_gone(pids: Iterable[int]) -> bool:
    """Whether processes end within a few seconds; Python's own helper may stay."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if all(gone(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("count", [1, 2])
def test_every_result_comes_back_with_its_task(count: int) -> None:
    found: dict[int, int] = {}
    with worker_pool(count) as pool:
        run_tasks(pool, "square", squared, range(20), found.__setitem__)
        run_tasks(pool, "square", squared, [], found.__setitem__)
        run_tasks(pool, "square", squared, [30], found.__setitem__)
    assert found == {number: number**2 for number in [*range(20), 30]}


@pytest.mark.parametrize("count", [1, 2])
def test_error_of_a_task_arrives_as_it_was_raised(count: int) -> None:
    done: list[int] = []
    with pytest.raises(CorruptScanError) as caught, worker_pool(count) as pool:
        run_tasks(pool, "read", refuse, range(6), lambda task, _: done.append(task))
    assert str(caught.value) == str(
        CorruptScanError("scan.tif", "strip 3 cannot be decoded")
    )
    assert 3 not in done


@pytest.mark.parametrize("function", [leave, die, exhaust])
def test_lost_worker_is_an_error_that_asks_to_run_again(
    function: Callable[[int], None],
) -> None:
    with pytest.raises(WorkerLostError, match="mask") as caught, worker_pool(2) as pool:
        run_tasks(pool, "mask", function, range(4), lambda _, __: None)
    assert caught.value.exit_status == 75


def test_error_that_cannot_be_sent_back_is_not_taken_for_a_lost_worker() -> None:
    with (
        pytest.raises(RuntimeError, match="OddError: 4 and 4"),
        worker_pool(2) as pool,
    ):
        run_tasks(pool, "mask", oddly, [4], lambda _, __: None)


def test_worker_computes_in_one_thread_and_leaves_the_settings_here_alone() -> None:
    before = os.environ.get("OMP_NUM_THREADS")
    found: list[str | None] = []
    with worker_pool(2) as pool:
        run_tasks(pool, "threads", threads, [1], lambda _, said: found.append(said))
    assert found == ["1"]
    assert os.environ.get("OMP_NUM_THREADS") == before


def test_interrupt_stops_without_waiting_for_what_is_under_way() -> None:
    def stop(_task: float, _result: None) -> None:
        raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt), worker_pool(2) as pool:
        run_tasks(pool, "sleep", time.sleep, [0.0, 60.0, 60.0], stop)
    assert time.monotonic() - started < 30
    assert all_gone([child.pid for child in psutil.Process().children()])


def test_interrupt_inside_a_task_of_this_process_goes_straight_through() -> None:
    with pytest.raises(KeyboardInterrupt):
        run_tasks(SerialExecutor(), "x", interrupted, [1], lambda _, __: None)


class Slow(Executor):
    """Finishes one task every few milliseconds, and counts what was not used yet."""

    _max_workers = 3

    def __init__(self) -> None:
        self.open = 0
        self.most = 0

    @override
    def submit(self, fn, /, *args, **kwargs):
        self.open += 1
        self.most = max(self.most, self.open)
        future: Future = Future()
        timer = threading.Timer(0.002, lambda: future.set_result(fn(*args, **kwargs)))
        timer.start()
        return future

    def used(self, _task: int, _result: int) -> None:
        self.open -= 1


def test_only_a_few_tasks_are_under_way_at_a_time() -> None:
    pool = Slow()
    run_tasks(pool, "square", squared, range(50), pool.used)
    assert pool.open == 0
    assert pool.most == 6


def test_a_task_is_begun_while_others_run() -> None:
    done: list[int] = []
    pool = Slow()
    begun = begin_task(pool, "square", squared, 7)
    run_tasks(pool, "square", squared, range(3), lambda _task, made: done.append(made))
    assert begun.result() == 49
    assert sorted(done) == [0, 1, 4]


def test_a_worker_lost_with_a_task_is_said() -> None:
    class Broken(Executor):
        @override
        def submit(self, fn, /, *args, **kwargs):
            future: Future = Future()
            future.set_exception(BrokenProcessPool("gone"))
            return future

    with pytest.raises(WorkerLostError, match="square"):
        begin_task(Broken(), "square", squared, 7).result()


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "orphans.py"
    script.write_text(ORPHANS)
    said = tmp_path / "said.txt"
    with said.open("wb") as out:  # a pipe would stay open as long as the workers live
        subprocess.run(
            [sys.executable, str(script)],
            check=False,
            stdout=out,
            stderr=subprocess.DEVNULL,
        )
    pids = {int(line) for line in said.read_text().split()}
    assert pids
    assert all_gone(pids)


def imported(name: str) -> bool:
    return name in sys.modules


def test_warmed_up_workers_stand_with_what_they_will_need() -> None:
    module = "tabnanny"  # which no worker starts with
    with worker_pool(2) as pool:
        assert not pool.submit(imported, module).result(60)
        warm_up(pool, module)
        assert len(pool._processes) == 2
        told = [pool.submit(imported, module).result(60) for _ in range(4)]
    assert any(told)


def test_what_is_imported_first_is_there() -> None:
    assert importlib.util.find_spec(work._FIRST_NEEDED) is not None
