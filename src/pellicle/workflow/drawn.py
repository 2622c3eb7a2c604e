# SPDX-License-Identifier: Apache-2.0
"""Corrections that come back in a file: a person's own `regions.geojson`.

Job: find out what each feature says that the condition map does not, and append that.
Not here: what properties mean (`io/corrections_file.py`).

A feature is known to be as it was exported by its `id`, a hash of class and geometry:
a file may be older than the map in use, and what was left alone in it says nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pellicle.errors import BadGeojsonError
from pellicle.io.corrections_file import CorrectedFeature, read_corrections
from pellicle.io.hashing import hash_of
from pellicle.model.arrays import Mask
from pellicle.model.condition import DamageClass, Region
from pellicle.model.decision import (
    CORRECTING,
    DRAWN,
    Chosen,
    Decision,
    Polygons,
    Verdict,
)
from pellicle.model.raster import Window
from pellicle.raster.polygons import polygon_bounds, rasterise
from pellicle.raster.regions import mask_shape, region_id
from pellicle.treatment.decisions import append_decisions, read_decisions
from pellicle.treatment.folder import Treatment
from pellicle.treatment.lock import writing
from pellicle.workflow.decide import Mapped, Saying, Speaker, Subject, as_polygons
from pellicle.workflow.likeness import region_like
from pellicle.workflow.regions import out_of_bounds

_CLASSES = tuple(one for one in DamageClass if one)
_FATES = frozenset({Verdict.APPROVE, Verdict.PRINT, Verdict.LEAVE})


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file of corrections said.

    Attributes
    ----------
    decisions
        Appended, in order.
    unchanged
        Features that say nothing new.
    """

    decisions: tuple[Decision, ...]
    unchanged: int


def decide_from(
    path: Path, file: Path, *, by: str, saying: Saying | None = None
) -> Taken:
    """Record what a file says of regions: all of it, or nothing.

    Parameters
    ----------
    file
        GeoJSON in scan pixels; features carry `class`, and may carry `decision`
        (approve, print, leave) and `note`.
    saying
        Said of every region of the file that it does not itself decide about, unless
        it is no damage.

    Raises
    ------
    UnknownDamageClassError, BadGeojsonError
        If the file cannot be used.
    NotYetMadeError
        If there is no condition map.
    """
    speaker = Speaker.named(by, Chosen.GROUPED, file.name)
    treatment = Treatment.open(path)
    with writing(treatment):
        mapped = Mapped.of(treatment)
        features = read_corrections(file, mapped.scan.raster)
        taker = _Taker(mapped, file, saying)
        known = _Known()
        for decision in read_decisions(treatment):
            known.take(decision)
        new: list[Decision] = []
        unchanged = 0
        for feature in features:
            said = [speaker.decision(*one) for one in taker.sayings(feature)]
            said = [one for one in said if known.take(one)]
            new += said
            unchanged += not said
        append_decisions(treatment, new)
    return Taken(tuple(new), unchanged)


class _Known:
    """What was last said of each region on each question."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], tuple[object, ...]] = {}
        self._notes: set[tuple[str, str]] = set()

    def take(self, decision: Decision) -> bool:
        """Whether it says something new; then it is the last word."""
        verdict = decision.verdict
        about = "fate" if verdict in _FATES else str(verdict)
        question = "nature" if verdict in CORRECTING else about
        said = (
            verdict,
            decision.by,
            decision.note,
            decision.method,
            decision.style,
            decision.recolouring,
            decision.out_of_gamut,
            decision.said_class,
            hash_of(decision.polygons) if verdict in DRAWN else "",
        )
        # A region that was relabelled has another id, and the same outline.
        keys = {decision.region_id, hash_of(decision.polygons)}
        if verdict is Verdict.NOTE:
            new = all((key, decision.note) not in self._notes for key in keys)
        else:
            new = all(self._last.get((key, question)) != said for key in keys)
        self._last.update(dict.fromkeys([(key, question) for key in keys], said))
        self._notes.update((key, decision.note) for key in keys)
        return new


class _Taker:
    """Compares features with the condition map in use."""

    def __init__(self, mapped: Mapped, file: Path, saying: Saying | None) -> None:
        self._mapped = mapped
        self._regions = mapped.regions.read_lately
        self._file = file
        self._saying = saying
        every = mapped.regions.condition.regions
        self._by_id = {region.id: region for region in every}

    def sayings(self, feature: CorrectedFeature) -> Iterator[tuple[Subject, Saying]]:
        """What a feature says that is new, of which region."""
        raster = self._mapped.scan.raster
        window = polygon_bounds(feature.polygons).within(raster.window)
        drawn = np.zeros((0, 0), np.bool_)
        if not window.empty:
            drawn = rasterise(feature.polygons, window)
        ids = _ids(drawn, window)
        before = ids.get(feature.id)
        if before is not None:
            subject, corrected = self._left_as_it_was(feature, before, drawn, window)
        else:
            subject, corrected = self._drawn(feature, ids, drawn, window)
        if subject is None:
            return
        note = feature.note
        for about, saying in corrected:
            yield about, replace(saying, note=note)
            note = ""
        if feature.damage_class is not DamageClass.UNMAPPED:
            yield from self._fate(feature, subject, note)

    def _fate(
        self, feature: CorrectedFeature, subject: Subject, note: str
    ) -> Iterator[tuple[Subject, Saying]]:
        if feature.verdict is not None:
            yield subject, Saying(feature.verdict, None, note)
            return
        if note:
            yield subject, Saying(Verdict.NOTE, None, note)
        if self._saying is not None:
            yield subject, self._saying

    def _left_as_it_was(
        self,
        feature: CorrectedFeature,
        before: DamageClass,
        drawn: Mask,
        window: Window,
    ) -> "_Said":
        """Of a feature whose outline is as exported; its class may be another."""
        region = self._by_id.get(feature.id)
        if region is None:
            found = region_like(drawn, window, self._regions)
            region = found[0] if found else None
        said = feature.damage_class
        if region is None and said is DamageClass.UNMAPPED:
            return None, []
        subject = Subject(feature.id, before, as_polygons(feature.polygons))
        if region is not None and region.id != feature.id:
            subject = self._subject(region)
        known = said is before or said is subject.damage_class
        return subject, [] if known else [_relabel(subject, said)]

    def _drawn(
        self,
        feature: CorrectedFeature,
        ids: dict[str, DamageClass],
        drawn: Mask,
        window: Window,
    ) -> "_Said":
        """Of a feature that was drawn, or whose outline was changed."""
        said = feature.damage_class
        polygons = as_polygons(feature.polygons)
        same = next((self._by_id[one] for one in ids if one in self._by_id), None)
        if same is not None:
            subject = Subject(same.id, same.damage_class, polygons)
            known = said is same.damage_class
            return subject, [] if known else [_relabel(subject, said)]
        inside = drawn
        if inside.any():
            inside = inside & ~out_of_bounds(self._mapped.scan, window)
        if not inside.any() and said is not DamageClass.UNMAPPED:
            found = f"{feature.name} covers no pixel that may be changed"
            needed = "a place on the painting that is not protected"
            raise BadGeojsonError(str(self._file), found, needed)
        like = region_like(inside, window, self._regions)
        if like is not None:
            return self._redrawn(*like, said, polygons)
        if said is DamageClass.UNMAPPED:
            return None, []
        by_class = {known: name for name, known in _ids(inside, window).items()}
        subject = Subject(by_class[said], said, polygons)
        return subject, [(subject, Saying(Verdict.ADD))]

    def _redrawn(
        self, region: Region, exact: bool, said: DamageClass, polygons: Polygons
    ) -> "_Said":
        """Of a feature that means a region, and may have another outline."""
        subject = self._subject(region)
        sayings = []
        if said is not region.damage_class:
            sayings.append(_relabel(subject, said))
        if not exact and said is not DamageClass.UNMAPPED:
            subject = Subject(region.id, said, polygons)
            sayings.append((subject, Saying(Verdict.REDRAW)))
        return subject, sayings

    def _subject(self, region: Region) -> Subject:
        (subject,) = self._mapped.subjects([region])
        return subject


_Said = tuple[Subject | None, list[tuple[Subject, Saying]]]


def _relabel(subject: Subject, said: DamageClass) -> tuple[Subject, Saying]:
    return subject, Saying(Verdict.RELABEL, relabelled=said)


def _ids(drawn: Mask, window: Window) -> dict[str, DamageClass]:
    """Id that a region of these pixels would have, by class."""
    shape = mask_shape(drawn, window)
    if shape is None:
        return {}
    return {region_id(shape, one): one for one in _CLASSES}
