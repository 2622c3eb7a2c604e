# SPDX-License-Identifier: Apache-2.0
"""How many workers fit the machine and the memory allowed."""

import os

_GIB_FOR_PARENT = 1.0
_GIB_PER_WORKER = 0.8


def worker_count(workers: int | None, memory_gb: float | None) -> int:
    """Workers to use: as asked for, else one a core; fewer when memory is short."""
    count = workers or os.cpu_count() or 1
    if memory_gb is not None:
        fit = int((memory_gb - _GIB_FOR_PARENT) / _GIB_PER_WORKER)
        count = max(1, min(count, fit))
    return count
