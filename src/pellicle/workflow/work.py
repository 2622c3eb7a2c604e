# SPDX-License-Identifier: Apache-2.0
"""Work on one treatment: who computes, what is shown, and how a run comes to be."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pellicle.engine.identity import PROVIDER, run_id
from pellicle.engine.ledger import Ledger
from pellicle.engine.progress import Advance, ProgressReport
from pellicle.engine.tiles import TileRun
from pellicle.engine.workers import warm_up, worker_pool
from pellicle.io.writing import cannot_write
from pellicle.model.artefact import ArtefactKind
from pellicle.model.record import RunManifest
from pellicle.treatment.folder import LEDGER, RASTER, Treatment
from pellicle.workflow.software import software_versions

_FIRST_NEEDED = "pellicle.workflow.evidence"
"""Imports what workers run first on a new scan."""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What decides a run's pixels."""

    kind: ArtefactKind
    stage: str
    version: int
    settings: Mapping[str, Any]
    inputs: Mapping[str, str]

    @property
    def run_id(self) -> str:
        """Name of the run."""
        return run_id(self.stage, self.version, self.settings, self.inputs)


@dataclass(frozen=True, slots=True)
class Making:
    """A run while it is made."""

    folder: Path
    ledger: Ledger
    advance: Advance
    pool: Executor

    @property
    def raster(self) -> Path:
        """Where its pixels go."""
        return self.folder / RASTER

    def discard(self, path: Path) -> None:
        """Remove something that was only needed to make the run."""
        shutil.rmtree(path, ignore_errors=True)

    @property
    def tiles(self) -> TileRun:
        """Runs tile stages for it."""
        return TileRun(self.pool, self.advance, self.ledger)

    def even_tiles(self, most_px: int) -> TileRun:
        """Runs tile stages for it, in tiles of even size: for those that see far."""
        return TileRun(self.pool, self.advance, self.ledger, most_px)


class Work:
    """A treatment, workers and a progress display."""

    def __init__(
        self, treatment: Treatment, workers: int, progress: ProgressReport
    ) -> None:
        self.treatment = treatment
        self.progress = progress
        self._workers = workers
        self._pool: Executor | None = None

    @contextmanager
    def pool(self) -> Iterator[Executor]:
        """Workers; started when first needed, kept until the outermost block ends."""
        if self._pool is not None:
            yield self._pool
            return
        with worker_pool(self._workers) as pool:
            self._pool = pool
            try:
                yield pool
            finally:
                self._pool = None

    def warm_up(self) -> None:
        """Let workers start meanwhile, if they are going to be needed."""
        if self._pool is not None:
            warm_up(self._pool, _FIRST_NEEDED)

    def run(
        self, plan: RunPlan, total_mpx: float, make: Callable[[Making], None]
    ) -> str:
        """Make a run, unless it stands already; go on where one was cut short.

        Parameters
        ----------
        make
            Writes the run's files into `Making.folder`. What it finds there from an
            earlier attempt is complete for every task in the ledger.

        Returns
        -------
        run_id
            Of the run, now in use.
        """
        treatment, name = self.treatment, plan.run_id
        if not treatment.has_run(plan.kind, name):
            self._make(plan, name, total_mpx, make)
        treatment.use(plan.kind, name)
        return name

    def _make(
        self,
        plan: RunPlan,
        name: str,
        total_mpx: float,
        make: Callable[[Making], None],
    ) -> None:
        folder = self.treatment.partial_folder(plan.kind, name)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(folder, error) from error
        ledger = Ledger(folder / LEDGER)
        before = self.progress.seconds.get(plan.kind, 0.0)
        with (
            self.pool() as pool,
            self.progress.step(plan.kind, total_mpx) as advance,
        ):
            make(Making(folder, ledger, advance, pool))
        self.treatment.finish_run(
            RunManifest(
                kind=plan.kind,
                run_id=name,
                stage=plan.stage,
                version=plan.version,
                settings=dict(plan.settings),
                inputs=dict(plan.inputs),
                provider=PROVIDER,
                software=software_versions(),
                made=datetime.now(UTC).replace(microsecond=0),
                seconds=round(self.progress.seconds[plan.kind] - before, 2),
                content_sha256="",
            )
        )
