# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace

import psutil
import pytest

from pellicle.engine import budget
from pellicle.engine.budget import worker_count


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with 16 cores and 8 GB free."""
    monkeypatch.setattr(budget, "_cores", lambda: 16)
    monkeypatch.setattr(
        psutil, "virtual_memory", lambda: SimpleNamespace(available=8e9)
    )


def test_as_many_workers_as_were_asked_for() -> None:
    assert worker_count(3, None) == 3
    assert worker_count(40, None) == 40


def test_nobody_asked_so_free_memory_decides() -> None:
    assert worker_count(None, None) == 8


@pytest.mark.parametrize(
    ("memory_gb", "count"), [(0.1, 1), (1.0, 1), (4.0, 3), (100.0, 16)]
)
def test_memory_allowed_limits_the_workers(memory_gb: float, count: int) -> None:
    assert worker_count(None, memory_gb) == count
    assert worker_count(2, memory_gb) == min(count, 2)


def test_machine_has_at_least_one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert budget._cores() >= 1
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    assert budget._cores() >= 1
