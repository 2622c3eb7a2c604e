# SPDX-License-Identifier: Apache-2.0
"""Training that can be stopped, continued, plotted and spread over machines.

Job: the loop: steps, learning rate, averaged weights, checkpoints, log.
Not here: what is learnt (a `Task`, such as `condition.py`), examples (`examples.py`).

On several machines start the same command with PyTorch's own launcher,
``torchrun --nnodes … --module pellicle train …``; gradients are averaged over all. The
folder must be one that all of them share: the first writes into it what all read.
"""

import csv
import io
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar, cast

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from pellicle.engine.progress import ProgressReport
from pellicle.errors import NetworkLayersError, OtherTrainingError
from pellicle.io.writing import write_whole
from pellicle.learn.learnt_weights import require_layers
from pellicle.learn.optimiser import Optimiser

CHECKPOINT = "checkpoint.pt"
LOG = "log.csv"
_WARM_UP_STEPS = 150
_LAST_RATE = 0.01
_KEPT_AVERAGE = 0.998
_TIMED_STEPS = 3
_KERNEL_AXES = 4
_LONGEST_WAIT = timedelta(hours=24)
"""For the first of several processes, which makes all examples."""

NetworkT = TypeVar("NetworkT", bound=nn.Module)
ValueT = TypeVar("ValueT")

Report: TypeAlias = Callable[[int, Mapping[str, float]], None]
"""Told of the step and of what was measured."""


class TrainingSettings(BaseModel):
    """How long and how fast to learn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int = Field(default=6000, ge=1, description="Steps in all.")
    batch: int = Field(default=8, ge=1, description="Examples in a step, a machine.")
    rate: float = Field(default=2e-3, gt=0, description="Highest learning rate.")
    seed: int = Field(default=0, ge=0, description="Of everything that is drawn.")
    checkpoint_s: float = Field(default=120.0, ge=0, description="Between checkpoints.")
    log_every: int = Field(default=25, ge=1, description="Steps between log lines.")


class Task(Protocol):
    """What is learnt."""

    def model(self) -> nn.Module:
        """New networks, their weights drawn from torch's own seed."""
        ...

    def loss(self, model: nn.Module, step: int, rank: int) -> dict[str, Tensor]:
        """What is to be made small, as "loss", and its parts, for one step's batch."""
        ...

    def measure(self, model: nn.Module) -> dict[str, float]:
        """Figures on examples held out."""
        ...


@dataclass(frozen=True, slots=True)
class _Place:
    """Which of how many processes this is."""

    rank: int
    count: int

    @classmethod
    def joined(cls) -> "_Place":
        count = int(os.environ.get("WORLD_SIZE", "1"))
        if count == 1:
            return cls(0, 1)
        if not distributed.is_initialized():
            distributed.init_process_group("gloo", timeout=_LONGEST_WAIT)
        return cls(distributed.get_rank(), count)


class Training:
    """One training in a folder; `run` goes on where the last one stopped.

    Parameters
    ----------
    began
        What tells this beginning from others, such as a hash of the weights that it
        goes on from; empty if it begins anew.

    Raises
    ------
    OtherTrainingError
        If the folder holds a training with another beginning.
    NetworkLayersError
        If it holds one of other layers.
    """

    def __init__(
        self, task: Task, settings: TrainingSettings, folder: Path, began: str = ""
    ) -> None:
        self._task = task
        self._settings = settings
        self._folder = folder
        self._began = began
        torch.manual_seed(settings.seed)
        self.model = task.model()
        self.average = task.model()
        self.average.load_state_dict(self.model.state_dict())
        self.average.eval()
        for weight in self.average.parameters():
            weight.requires_grad_(False)  # noqa: FBT003 -- torch names it otherwise
        self._optimiser = Optimiser(self.model)
        self.step = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._resume()

    def run(self, report: Report, *, until: float = math.inf) -> None:
        """Learn, up to the last step or the time `until` (`time.monotonic`)."""
        place = _Place.joined()
        model: nn.Module = self.model
        if place.count > 1:
            model = DistributedDataParallel(self.model)
        if place.rank == 0:
            self._cut_log()
        settings, saved, parts = self._settings, time.monotonic(), _Means()
        while self.step < settings.steps and time.monotonic() < until:
            model.train()
            found = self._task.loss(model, self.step, place.rank)
            torch.autograd.backward(found["loss"])
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self._optimiser.step(self._rate())
            self.step += 1
            self._average()
            parts.add(found)
            if self.step % settings.log_every == 0 and place.rank == 0:
                self._log(parts.taken(), report)
            if time.monotonic() - saved > settings.checkpoint_s and place.rank == 0:
                self.save()
                saved = time.monotonic()
        if place.rank == 0:
            self.save()

    def begin_from(self, weights: Mapping[str, Tensor]) -> None:
        """Take trained weights instead of new ones."""
        self.model.load_state_dict(dict(weights))
        self.average.load_state_dict(dict(weights))

    def measured(self) -> dict[str, float]:
        """Figures of the averaged weights on what is held out."""
        with torch.no_grad():
            return self._task.measure(self.average)

    def save(self) -> None:
        """Write a checkpoint; a crash leaves the one before."""
        path = self._folder / CHECKPOINT
        partial = path.with_suffix(".part")
        torch.save(
            {
                "step": self.step,
                "began": self._began,
                "model": self.model.state_dict(),
                "average": self.average.state_dict(),
                "optimiser": self._optimiser.state_dict(),
            },
            partial,
        )
        partial.replace(path)

    def _resume(self) -> None:
        path = self._folder / CHECKPOINT
        if not path.exists():
            return
        kept: dict[str, Any] = torch.load(path, weights_only=True)
        if kept.get("began", "") != self._began:
            raise OtherTrainingError(str(self._folder))
        require_layers(kept["model"], self.model, path)
        try:
            self._optimiser.load_state_dict(kept["optimiser"])
        except (KeyError, ValueError) as error:
            reason = "its optimiser is another one"
            raise NetworkLayersError(str(path), reason) from error
        self.step = kept["step"]
        self.model.load_state_dict(kept["model"])
        self.average.load_state_dict(kept["average"])

    def _rate(self) -> float:
        warm = min(1.0, (self.step + 1) / _WARM_UP_STEPS)
        done = self.step / self._settings.steps
        fall = _LAST_RATE + (1 - _LAST_RATE) * 0.5 * (1 + math.cos(math.pi * done))
        return self._settings.rate * warm * fall

    @torch.no_grad()
    def _average(self) -> None:
        kept = min(_KEPT_AVERAGE, self.step / (self.step + 10))
        ours, theirs = self.average.state_dict(), self.model.state_dict()
        for name, value in ours.items():
            if value.dtype.is_floating_point:
                value.lerp_(theirs[name], 1 - kept)
            else:
                value.copy_(theirs[name])

    def _cut_log(self) -> None:
        """Take off the lines after the checkpoint: those steps are made again."""
        path = self._folder / LOG
        if not path.exists():
            return
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        kept = rows[:1] + [row for row in rows[1:] if self._stands(row, rows[0])]
        if kept != rows:
            text = io.StringIO(newline="")
            csv.writer(text).writerows(kept)
            write_whole(path, text.getvalue().encode())

    def _stands(self, row: list[str], head: list[str]) -> bool:
        whole = len(row) == len(head) and row[0].isdecimal()  # a kill may cut a line
        return whole and int(row[0]) <= self.step

    def _log(self, means: dict[str, float], report: Report) -> None:
        path = self._folder / LOG
        new = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(["step", *means])
            writer.writerow([self.step, *(f"{v:.5f}" for v in means.values())])
        report(self.step, means)


class _Means:
    """Means of what was found since they were last taken."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._count = 0

    def add(self, found: Mapping[str, Tensor]) -> None:
        for name, value in found.items():
            self._sums[name] = self._sums.get(name, 0.0) + float(value.detach())
        self._count += 1

    def taken(self) -> dict[str, float]:
        means = {name: total / self._count for name, total in self._sums.items()}
        self._sums, self._count = {}, 0
        return means


def learn_with_progress(
    training: Training, steps: int, progress: ProgressReport, *, quiet: bool
) -> None:
    """Run a training to its end, telling of its steps unless `quiet`."""
    if quiet:
        training.run(lambda _step, _means: None)
        return
    done = training.step
    with progress.step("training", steps - done, "steps") as advance:

        def report(step: int, _means: Mapping[str, float]) -> None:
            nonlocal done
            advance(step - done)
            done = step

        training.run(report)


def laid_out(network: NetworkT, memory_format: torch.memory_format) -> NetworkT:
    """The network, its kernels in memory as asked for; the values stay the same.

    What `nn.Module.to` does too, but for types: there a format counts as no argument.
    """
    for weight in network.parameters():
        if weight.dim() == _KERNEL_AXES:
            weight.data = weight.data.contiguous(memory_format=memory_format)
    return network


def joined_rank() -> int:
    """Number of this process among those that train together; 0 when alone."""
    return _Place.joined().rank


def wait_for_all() -> None:
    """Wait until all that train together have come so far."""
    if distributed.is_initialized():
        distributed.barrier()


def from_first(make: Callable[[], ValueT]) -> ValueT:
    """What the first of those that train together makes, told to all of them."""
    rank = joined_rank()
    made = [make() if rank == 0 else None]
    if distributed.is_initialized():
        distributed.broadcast_object_list(made)
    return cast("ValueT", made[0])


def bfloat16_is_faster() -> bool:
    """Whether this processor computes in bfloat16 faster than in float32."""
    layer = laid_out(nn.Conv2d(32, 32, 3, padding=1), torch.channels_last)
    plane = torch.zeros(4, 32, 96, 96).contiguous(memory_format=torch.channels_last)

    def seconds(*, bfloat16: bool) -> float:
        best = float("inf")
        for _ in range(_TIMED_STEPS):
            started = time.perf_counter()
            with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
                layer(plane).float().mean().backward()
            best = min(best, time.perf_counter() - started)
        return best

    return seconds(bfloat16=True) < seconds(bfloat16=False)
