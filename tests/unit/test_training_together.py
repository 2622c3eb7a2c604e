# SPDX-License-Identifier: Apache-2.0
"""Several processes train one network: each sees its part, all end alike."""

import csv
import multiprocessing
import os
import socket
from pathlib import Path

import pytest
import torch
from torch import distributed, nn

from pellicle.learn.training import LOG, Training, TrainingSettings, from_first

STEPS = 3


class TinyTask:
    """A plane to be made of noise; each process draws its own."""

    def __init__(self, ranks: tuple[int, ...] = ()) -> None:
        self._ranks = ranks

    def model(self) -> nn.Module:
        return nn.Sequential(nn.Conv2d(1, 3, 3), nn.Conv2d(3, 1, 1))

    def loss(self, model: nn.Module, step: int, rank: int) -> dict[str, torch.Tensor]:
        each = []
        for one in self._ranks or (rank,):
            rng = torch.Generator().manual_seed(100 * step + one)
            noise = torch.randn(2, 1, 8, 8, generator=rng)
            each.append((model(noise) - (1 + one)).square().mean())
        return {"loss": torch.stack(each).mean()}

    def measure(self, model: nn.Module) -> dict[str, float]:
        return {"weights": float(sum(w.sum() for w in model.parameters()))}


def trained(folder: Path, task: TinyTask) -> torch.Tensor:
    settings = TrainingSettings(steps=STEPS, log_every=1, rate=0.02)
    training = Training(task, settings, folder)
    training.run(lambda _step, _means: None)
    return torch.cat([w.detach().ravel() for w in training.model.parameters()])


def one_of_two(rank: int, port: int, folder: Path) -> None:
    os.environ.update(
        RANK=str(rank),
        WORLD_SIZE="2",
        MASTER_ADDR="127.0.0.1",
        MASTER_PORT=str(port),
        OMP_NUM_THREADS="1",
    )
    torch.set_num_threads(1)
    told = from_first(lambda: {"made by": rank})
    weights = trained(folder, TinyTask())
    torch.save({"weights": weights, "told": told}, folder / f"seen-{rank}.pt")
    distributed.destroy_process_group()


@pytest.fixture
def port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_two_processes_learn_what_one_learns_from_both_parts(tmp_path, port) -> None:
    (tmp_path / "two").mkdir()
    spawn = multiprocessing.get_context("spawn")
    processes = [
        spawn.Process(target=one_of_two, args=(rank, port, tmp_path / "two"))
        for rank in (0, 1)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    first, second = (torch.load(tmp_path / f"two/seen-{rank}.pt") for rank in (0, 1))
    assert first["told"] == second["told"] == {"made by": 0}
    torch.testing.assert_close(first["weights"], second["weights"])
    alone = trained(tmp_path / "one", TinyTask(ranks=(0, 1)))
    torch.testing.assert_close(first["weights"], alone, rtol=1e-3, atol=1e-4)
    with (tmp_path / "two" / LOG).open(encoding="utf-8") as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["1", "2", "3"]
