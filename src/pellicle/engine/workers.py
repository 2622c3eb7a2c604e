# SPDX-License-Identifier: Apache-2.0
"""Workers: one seam, `concurrent.futures.Executor`.

Job: hand tasks to a pool, a bounded number at a time, and give the results back.
Not here: what a task is (`tiles.py`, `places.py`), which are done (`ledger.py`).

Tasks and functions are picklable; results may come in any order, so what is done with
them must not depend on it.
"""

import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Generic, ParamSpec, TypeVar

import cv2
from typing_extensions import override

from pellicle.errors import WorkerLostError

TaskT = TypeVar("TaskT")
ResultT = TypeVar("ResultT")
P = ParamSpec("P")

_STOP_S = 5.0
_MOST_WORKERS = 61 if sys.platform == "win32" else 1024
_THREAD_SETTINGS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "VIPS_CONCURRENCY",
)


class SerialExecutor(Executor):
    """Runs each task when it is submitted, in this process."""

    @override
    def submit(
        self, fn: Callable[P, ResultT], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[ResultT]:
        """Run the task now."""
        future: Future[ResultT] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 -- handed on, as an executor does
            future.set_exception(error)
        return future


@contextmanager
def worker_pool(count: int) -> Iterator[Executor]:
    """Give a pool of spawned processes; one worker means this process alone."""
    if count <= 1:
        yield SerialExecutor()
        return
    asked = {
        **dict.fromkeys(_THREAD_SETTINGS, "1"),
        "PYTHONWARNINGS": _quiet_warnings(),
    }
    before = {name: os.environ.get(name) for name in asked}
    os.environ.update(asked)
    pool = ProcessPoolExecutor(
        min(count, _MOST_WORKERS),
        multiprocessing.get_context("spawn"),
        initializer=_start_worker,
    )
    try:
        yield pool
        pool.shutdown()
    except BaseException:
        _stop(pool)
        raise
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _quiet_warnings() -> str:
    # Workers stopped while they start leave semaphores that are cleared up for them;
    # a person who pressed Ctrl-C need not read of it.
    known = os.environ.get("PYTHONWARNINGS")
    quiet = "ignore::UserWarning:multiprocessing.resource_tracker"
    return f"{known},{quiet}" if known else quiet


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A worker whose parent was killed would wait for work, and hold memory, for ever.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _stop(pool: ProcessPoolExecutor) -> None:
    # Tasks under way are not waited for: their runs stay partial and are done again.
    children: dict[int, Any] = dict(pool._processes or {})  # noqa: SLF001
    pools_own: Any = pool._executor_manager_thread  # noqa: SLF001
    pool.shutdown(wait=False, cancel_futures=True)
    for child in children.values():
        child.terminate()
    for child in children.values():
        child.join(_STOP_S)
        if child.is_alive():
            child.kill()
    # It gives back what the workers shared; else Python complains of leaks at its end.
    if pools_own is not None:
        pools_own.join(_STOP_S)


@dataclass(frozen=True, slots=True)
class _Guarded(Generic[TaskT, ResultT]):
    """A function whose errors can be sent back: one that cannot would end the pool."""

    function: Callable[[TaskT], ResultT]

    def __call__(self, task: TaskT) -> ResultT:
        try:
            return self.function(task)
        except Exception as error:
            try:
                pickle.loads(pickle.dumps(error))  # noqa: S301 -- made one line above
            except Exception:  # noqa: BLE001 -- an error may fail to pickle in any way
                message = f"{type(error).__name__}: {error}"
                raise RuntimeError(message) from None
            raise


@dataclass(frozen=True, slots=True)
class UnderWay(Generic[ResultT]):
    """One task that was begun while others are run."""

    _name: str
    _future: Future[ResultT]

    def result(self) -> ResultT:
        """Wait for what it gives.

        Raises
        ------
        WorkerLostError
            If its worker process dies, or has no memory left.
        """
        try:
            return self._future.result()
        except (BrokenProcessPool, MemoryError) as error:
            raise WorkerLostError(self._name) from error


def warm_up(pool: Executor, module: str) -> None:
    """Let the workers start and import what they will need, while others compute."""
    if not isinstance(pool, SerialExecutor):
        for _ in range(_size(pool)):
            pool.submit(import_module, module)


def begin_task(
    pool: Executor, name: str, function: Callable[[TaskT], ResultT], task: TaskT
) -> UnderWay[ResultT]:
    """Begin one task in a worker; with one worker, do it now."""
    return UnderWay(name, pool.submit(_Guarded(function), task))


def run_tasks(
    pool: Executor,
    name: str,
    function: Callable[[TaskT], ResultT],
    tasks: Sequence[TaskT],
    use: Callable[[TaskT, ResultT], None],
) -> None:
    """Run every task and use each result as it comes.

    Parameters
    ----------
    name
        Of the step, for messages.
    use
        Called in this process, with a task and its result, in any order.

    Raises
    ------
    WorkerLostError
        If a worker process dies, or has no memory left.
    """
    waiting = iter(tasks)
    under_way: dict[Future[ResultT], TaskT] = {}
    in_flight = 1 if isinstance(pool, SerialExecutor) else 2 * _size(pool)
    guarded = _Guarded(function)
    try:
        while True:
            while len(under_way) < in_flight:
                task = next(waiting, None)
                if task is None:
                    break
                under_way[pool.submit(guarded, task)] = task
            if not under_way:
                return
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                use(under_way.pop(future), future.result())
    except (BrokenProcessPool, MemoryError) as error:
        raise WorkerLostError(name) from error


def _size(pool: Executor) -> int:
    return int(getattr(pool, "_max_workers", 4))
