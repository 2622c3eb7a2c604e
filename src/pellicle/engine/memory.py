# SPDX-License-Identifier: Apache-2.0
"""Peak memory of this process and its workers: summed PSS, sampled."""

import threading
from typing import Self

import psutil

_EVERY_S = 0.25


class MemoryWatch:
    """Samples memory while the block runs.

    Notes
    -----
    PSS shares out what several processes map; where the system does not tell it (it is
    a Linux figure), resident memory stands in and counts shared pages several times.
    """

    def __init__(self) -> None:
        self.peak_mb = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self.peak_mb = max(self.peak_mb, _memory_mb())
            if self._stop.wait(_EVERY_S):
                return


def _memory_mb() -> float:
    this = psutil.Process()
    total = 0
    for process in (this, *this.children(recursive=True)):
        try:
            memory = process.memory_full_info()
        except psutil.Error:  # it has just ended
            continue
        total += getattr(memory, "pss", memory.rss)
    return total / 1e6
