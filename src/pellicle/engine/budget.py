# SPDX-License-Identifier: Apache-2.0
"""How many workers fit the machine and the memory allowed."""

import os

import psutil

_FOR_PARENT_GB = 1.0
_PER_WORKER_GB = 0.8


def worker_count(workers: int | None, memory_gb: float | None) -> int:
    """Workers to use: as asked for, else one a core; fewer when memory is short.

    Parameters
    ----------
    workers
        At least 1; None is one for each core that this process may use.
    memory_gb
        Memory that may be used, in 10^9 bytes; None is what is free now, which only
        limits a number of workers that nobody asked for.
    """
    if memory_gb is None:
        if workers is not None:
            return workers
        memory_gb = psutil.virtual_memory().available / 1e9
    fit = int((memory_gb - _FOR_PARENT_GB) / _PER_WORKER_GB)
    return max(1, min(workers or _cores(), fit))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # a Linux container may be given few of many
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
