# SPDX-License-Identifier: Apache-2.0
"""The scan of a treatment: decoded once, its scale, and what in it is painting."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from pellicle.colour.encoding import ScanEncoding
from pellicle.engine.ahead import one_ahead
from pellicle.engine.overview import factor_for, overview
from pellicle.engine.readers import Constant, PlaneReader, Stored
from pellicle.errors import EmptyOutlineError
from pellicle.io.area_file import read_area_strips
from pellicle.io.icc import scan_encoding
from pellicle.io.report_words import coarse_in_words, too_coarse_for_cracks
from pellicle.io.scan_file import ScanFile, probe_scan, read_strips
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.io.writing import cannot_write
from pellicle.model.arrays import Array, Mask
from pellicle.model.artefact import ArtefactKind
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.record import Source
from pellicle.model.scan import ScaleSource, ScanSpec
from pellicle.model.units import PixelSize
from pellicle.raster.outline import find_outline
from pellicle.treatment.folder import RASTER, Treatment, write_value
from pellicle.treatment.received import named_as_received
from pellicle.workflow.scale import ScanSettings, require_scale
from pellicle.workflow.software import DECODER_VERSION, STEP_VERSIONS
from pellicle.workflow.work import Making, RunPlan, Work

SAMPLES = "samples"
_PAINTING = "painting"
_PROTECTED = "protected"
_OUTLINE_SIDE_PX = 1500
_ANY_SIZE = PixelSize(1000.0)  # the outline is looked for in pixels


@dataclass(frozen=True, slots=True)
class ScanInUse:
    """The scan, ready to be read by workers.

    Attributes
    ----------
    samples
        Upright samples without alpha, (H, W, bands).
    painting, protected
        Not 0 where the surface is painting, and where nothing may be changed.
    painting_pixels
        Pixels that are painting.
    run_id
        Of what is painting and what is protected in which scan; its scale, and who
        states it, are no part of that.
    made
        Date of the scan by its content, or None.
    assumed
        What was not measured: `scale`, `scan_colour`, and what the file states and was
        not used, `scan_file`; a sentence or two each.
    """

    source: Source
    spec: ScanSpec
    encoding: ScanEncoding
    samples: Stored
    painting: PlaneReader
    protected: PlaneReader
    painting_pixels: int
    run_id: str
    made: datetime | None
    assumed: Mapping[str, str]

    @property
    def raster(self) -> RasterSpec:
        """Size in pixels and on the painting."""
        return self.spec.raster

    @property
    def mpx(self) -> float:
        """Megapixels."""
        return self.raster.pixel_count / 1e6


def use_scan(work: Work) -> ScanInUse:
    """Decode the scan if need be, and find out its scale and outline."""
    treatment = work.treatment
    source = treatment.source("scan")
    if source is None:
        message = "a treatment without a scan cannot be opened"
        raise AssertionError(message)
    with named_as_received(treatment.source_path(source), source.received_as):
        file = probe_scan(treatment.source_path(source))
        decoded = decode_scan(work, source, file)
    settings = ScanSettings.read(treatment.description().step("scan"))
    require_scale(file, settings)
    areas = {role: treatment.source(role) for role in ("outline", "protect")}
    # Not the scale: who confirms it must not have to wait for everything again.
    looked_for = settings.outline if areas["outline"] is None else None
    plan = RunPlan(
        ArtefactKind.SCAN,
        "scan",
        STEP_VERSIONS["scan"],
        {"outline": looked_for},
        {
            "scan": source.sha256,
            **{role: area.sha256 for role, area in areas.items() if area},
        },
    )
    run_id = work.run(
        plan,
        file.height_px * file.width_px / 1e6,
        lambda making: _make(making, treatment, file, decoded, settings),
    )
    return _in_use(treatment, source, file, decoded, settings, run_id)


def decode_scan(work: Work, source: Source, file: ScanFile) -> Stored:
    """Upright samples of the scan in the treatment's cache, decoded once.

    Raises
    ------
    BadInputError
        If the file is truncated or corrupt anywhere.
    """
    name = f"scan-{source.sha256[:16]}-{DECODER_VERSION}.zarr"
    final = work.treatment.cache / name
    if not final.exists():
        partial = final.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        shape = file.height_px, file.width_px
        spec = PlaneSpec(f"uint{file.bit_depth}", file.bands)
        work.warm_up()
        with work.progress.step("decode", shape[0] * shape[1] / 1e6) as advance:
            store = RasterStore.create(partial, shape, {SAMPLES: spec})
            for window, samples in one_ahead(
                read_strips(file, scratch=work.treatment.cache)
            ):
                store.write(SAMPLES, window, samples)
                advance(samples.shape[0] * samples.shape[1] / 1e6)
        try:
            partial.rename(final)
        except OSError as error:
            raise cannot_write(final, error) from error
        for other in work.treatment.cache.glob("scan-*"):  # of an earlier version
            if other != final:
                shutil.rmtree(other, ignore_errors=True)
    return Stored(str(final), SAMPLES)


def _make(
    making: Making,
    treatment: Treatment,
    file: ScanFile,
    decoded: Stored,
    settings: ScanSettings,
) -> None:
    raster = RasterSpec(file.height_px, file.width_px, _ANY_SIZE)
    store = RasterStore.create(
        making.raster,
        raster.shape,
        {_PAINTING: PlaneSpec("uint8"), _PROTECTED: PlaneSpec("uint8")},
    )
    found = raster.window
    painting_pixels = raster.pixel_count
    if treatment.source("outline") is not None:
        strips = _area_strips(treatment, "outline", raster)
        found, painting_pixels = _keep_area(store, _PAINTING, strips)
    elif settings.outline == "auto":
        strips = _outline_strips(decoded, raster, file.bit_depth)
        found, painting_pixels = _keep_area(store, _PAINTING, strips)
    if treatment.source("protect") is not None:
        _keep_area(store, _PROTECTED, _area_strips(treatment, "protect", raster))
    making.advance(raster.pixel_count / 1e6)
    if not painting_pixels:
        given = treatment.source("outline")
        name = given.received_as or given.file if given else "found in the scan"
        raise EmptyOutlineError(name)
    value = {
        "painting_width_px": found.shape[1] or raster.width_px,
        "outlined": painting_pixels != raster.pixel_count,
        "painting_pixels": painting_pixels,
    }
    write_value(making.folder, value)


def _area_strips(
    treatment: Treatment, role: str, raster: RasterSpec
) -> Iterator[tuple[Window, Mask]]:
    source = treatment.source(role)
    if source is not None:
        path = treatment.source_path(source)
        with named_as_received(path, source.received_as):
            yield from read_area_strips(path, raster, scratch=treatment.cache)


def _outline_strips(decoded: Stored, raster: RasterSpec, bit_depth: int) -> Any:
    factor = factor_for(raster, _OUTLINE_SIDE_PX)
    small = overview(decoded, raster, factor)
    scale = 257 if bit_depth == 16 else 1  # noqa: PLR2004 -- to 8 bit
    outline = find_outline(np.round(small / scale).astype(np.uint8))
    columns = np.arange(raster.width_px) // factor
    for top in range(0, raster.height_px, factor):
        window = Window(top, 0, top + factor, raster.width_px).within(raster.window)
        row = outline[top // factor][columns]
        yield window, np.broadcast_to(row, window.shape)


def _keep_area(store: RasterStore, plane: str, strips: Any) -> tuple[Window, int]:
    found: Window | None = None
    pixels = 0
    for window, area in strips:
        inside: Array = np.asarray(area)
        if not inside.any():
            continue
        store.write(plane, window, inside.astype(np.uint8))
        pixels += int(np.count_nonzero(inside))
        rows = np.flatnonzero(inside.any(axis=1)) + window.top
        columns = np.flatnonzero(inside.any(axis=0)) + window.left
        box = Window(
            int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
        )
        found = box if found is None else found.joined(box)
    return found or Window(0, 0, 0, 0), pixels


def _scale(
    file: ScanFile, settings: ScanSettings, width_px: int
) -> tuple[PixelSize, ScaleSource]:
    if settings.width_mm is not None:
        return PixelSize.from_width(width_px, settings.width_mm), ScaleSource.GIVEN
    if settings.ppi is not None:
        return PixelSize.from_ppi(settings.ppi), ScaleSource.GIVEN
    return PixelSize.from_ppi(file.stated_ppi or 0.0), ScaleSource.FILE


def _in_use(
    treatment: Treatment,
    source: Source,
    file: ScanFile,
    decoded: Stored,
    settings: ScanSettings,
    run_id: str,
) -> ScanInUse:
    value = treatment.value(ArtefactKind.SCAN, run_id)
    raster_path = str(treatment.run_folder(ArtefactKind.SCAN, run_id) / RASTER)
    pixel_size, scale_source = _scale(file, settings, int(value["painting_width_px"]))
    raster = RasterSpec(file.height_px, file.width_px, pixel_size)
    assumed = {}
    if scale_source is ScaleSource.FILE:
        assumed["scale"] = (
            f"Taken from the scan file ({raster.pixel_size.ppi:.6g} ppi), not measured "
            "on the painting."
        )
    if file.icc_profile is None:
        assumed["scan_colour"] = (
            "The scan has no colour profile; sRGB was assumed."
            if file.bands == len("RGB")
            else "The grey scan has no profile; the sRGB tone curve was assumed."
        )
    if too_coarse_for_cracks(pixel_size) and not treatment.source("damage"):
        assumed["cracks"] = coarse_in_words(pixel_size)
    if file.notes:
        assumed["scan_file"] = " ".join(file.notes)
    return ScanInUse(
        source=source,
        spec=ScanSpec(
            raster, file.bands, file.bit_depth, file.icc_profile, scale_source
        ),
        encoding=scan_encoding(file.icc_profile, file.bands),
        samples=decoded,
        painting=(
            Stored(raster_path, _PAINTING)
            if value["outlined"]
            else Constant(1, "uint8")
        ),
        protected=Stored(raster_path, _PROTECTED),
        painting_pixels=int(value["painting_pixels"]),
        run_id=run_id,
        made=file.made,
        assumed=assumed,
    )
