# SPDX-License-Identifier: Apache-2.0
"""Print setups fitted to a printer simulated by other equations, and to real offset."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from simulated_printer import (
    BLACK_BACKING,
    NM,
    WHITE_BACKING,
    Printer,
    mixtures,
    surface,
)

from pellicle import errors
from pellicle.colour.convert import (
    lab_d50_from_rec2020,
    lab_d50_from_xyz_d50,
    rec2020_from_lab_d50,
    rec2020_from_xyz_d50,
)
from pellicle.colour.difference import ciede2000
from pellicle.colour.film import FilmModel
from pellicle.colour.spectrum import xyz_d50_from_spectrum
from pellicle.colour.white_fit import WhitePatches, fit_white, layer_seen
from pellicle.io.cgats import write_cgats
from pellicle.io.icc import output_profile
from pellicle.io.measurements_file import INK_FIELDS, read_measurements
from pellicle.io.print_setup_file import DEFAULT_PRINT_SETUP, load_print_setup
from pellicle.model.chart import ChartPatch, chart_patches
from pellicle.model.mask import OUTCOME_PLANE, PixelOutcome
from pellicle.model.print_setup import PrintedSide, PrintSetup, WhiteMixing
from pellicle.stages.mask.ink import coverage
from pellicle.stages.mask.separation import separate
from pellicle.workflow.mask import settings_read
from pellicle.workflow.print_setup_chart import write_chart
from pellicle.workflow.print_setup_fit import (
    FitDone,
    FitRequest,
    SheetReadings,
    fit_print_setup,
)

FOGRA = Path(__file__).parents[1] / "data" / "FOGRA39L.ti3"
INK_LIMIT = 2.2
PATCHES = chart_patches(INK_LIMIT)
PRINTER = Printer()
SPECTRAL = tuple(f"SPEC_{nm:.0f}" for nm in NM)


def spectra_of(patches: tuple[ChartPatch, ...], backing: np.ndarray) -> np.ndarray:
    inks = np.array([patch.inks for patch in patches])
    white = np.array([patch.white for patch in patches])
    return PRINTER.spectra(inks, white, backing)


def write_measurements(
    path: Path,
    spectra: np.ndarray,
    backing: np.ndarray,
    names: list[str],
    keywords: dict[str, str] | None = None,
) -> None:
    every = zip([*names, "BACKING"], [*spectra, surface(backing)], strict=True)
    rows = [(name, *(100 * row)) for name, row in every]
    write_cgats(path, "CTI3", keywords or {}, ("SAMPLE_LOC", *SPECTRAL), rows)


@dataclass(frozen=True)
class Measured:
    folder: Path
    spectra: dict[str, np.ndarray]

    def written(self, changed: dict[str, np.ndarray]) -> tuple[Path, Path]:
        names = [patch.name for patch in PATCHES]
        backings = {"on-white": WHITE_BACKING, "on-black": BLACK_BACKING}
        paths = []
        for label, backing in backings.items():
            path = self.folder / f"{label}.ti3"
            spectra = changed.get(label, self.spectra[label])
            write_measurements(path, spectra, backing, names)
            paths.append(path)
        return paths[0], paths[1]

    def fitted(
        self, changed: dict[str, np.ndarray], sheet: SheetReadings | None = None
    ) -> FitDone:
        return fit_print_setup(
            FitRequest(
                measurements=self.written(changed),
                output=self.folder / "studio.toml",
                start=DEFAULT_PRINT_SETUP,
                chart=self.folder / "chart.ti2",
                sheet=sheet or SheetReadings(),
                white_levels=None,
            )
        )


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    folder = tmp_path_factory.mktemp("chart")
    write_chart(folder, DEFAULT_PRINT_SETUP)
    spectra = {
        "on-white": PRINTER.measured(spectra_of(PATCHES, WHITE_BACKING), 1),
        "on-black": PRINTER.measured(spectra_of(PATCHES, BLACK_BACKING), 2),
    }
    return Measured(folder, spectra)


@pytest.fixture(scope="module")
def done(measured: Measured) -> FitDone:
    return measured.fitted({})


@pytest.fixture(scope="module")
def setup(done: FitDone) -> PrintSetup:
    return load_print_setup(str(done.files[0]))[0]


def index_of(name: str) -> int:
    return next(n for n, patch in enumerate(PATCHES) if patch.name == name)


def like(inks: tuple[float, ...], white: float) -> int:
    return min(
        range(len(PATCHES)),
        key=lambda n: (
            abs(PATCHES[n].white - white)
            + sum(abs(a - b) for a, b in zip(PATCHES[n].inks, inks, strict=True))
        ),
    )


def test_the_charts_patches_are_the_same_every_time_and_keep_to_the_limit() -> None:
    assert chart_patches(INK_LIMIT) == PATCHES
    assert len({patch.name for patch in PATCHES}) == len(PATCHES)
    assert max(sum(patch.inks) for patch in PATCHES) <= INK_LIMIT + 1e-9
    for ink in range(4):
        alone = [p for p in PATCHES if p.white == 1 and sum(p.inks) == p.inks[ink] > 0]
        assert len(alone) >= 10
    assert {patch.white for patch in PATCHES} >= {0.0, 1.0}
    assert len({patch.white for patch in PATCHES if sum(patch.inks) == 0}) == 9


def test_the_fit_finds_what_the_printer_is(done: FitDone, setup: PrintSetup) -> None:
    assert setup == done.setup
    white = setup.white
    assert white.mixing is WhiteMixing.HALFTONE
    # Spectral SX at 630, 540 and 450 nm, in bands of light.
    expected = 1.5 * (np.array([610, 540, 460]) / 550) ** -0.6
    np.testing.assert_allclose(white.scattering, expected, rtol=0.05)
    plate, makes = np.array(white.tone_curve).T
    np.testing.assert_allclose(makes, plate**0.8, atol=0.04)
    np.testing.assert_allclose(setup.film.transmittance, 0.97, atol=0.015)
    curves = setup.inks.film_curves
    assert curves is not None
    for curve in curves.by_ink:
        assert np.interp(0.5, *np.array(curve).T) < 0.48  # less gain than over white
    assert done.left_out == ()


def test_the_fits_error_is_stated_with_its_worst_patches(setup: PrintSetup) -> None:
    every = setup.fit["all"]
    assert every.patches == 2 * len(PATCHES)
    assert every.mean_de00 <= 0.6
    assert every.p95_de00 <= 1.4
    assert len(every.worst) == 5
    assert all(":" in worst for worst in every.worst)
    assert setup.fit["white"].mean_de00 < 0.2
    assert set(setup.measured) == {"colour", "white", "film"}
    assert set(setup.unmeasured) >= {"choke", "displacement"}


@dataclass(frozen=True)
class Job:
    """Painting and target in spectra, and what Pellicle would print."""

    paint: np.ndarray
    target_lab: np.ndarray
    planes: np.ndarray
    model: FilmModel

    def off_de00(self, plates: np.ndarray) -> np.ndarray:
        """ΔE00 of the simulated print against the target."""
        return ciede2000(printed_lab(plates, self.paint), self.target_lab)


def linear(internal: np.ndarray) -> np.ndarray:
    xyz_d50 = xyz_d50_from_spectrum(NM, surface(internal))
    return rec2020_from_xyz_d50(xyz_d50).astype(np.float32)


def printed_lab(plates: np.ndarray, paint: np.ndarray) -> np.ndarray:
    spectra = PRINTER.spectra(plates[:, :4], plates[:, 4], paint)
    return lab_d50_from_xyz_d50(xyz_d50_from_spectrum(NM, spectra))


@pytest.fixture(scope="module")
def job(done: FitDone) -> Job:
    """A painting inside the choke, printed with the fitted setup."""
    setup, icc = load_print_setup(str(done.files[0]))
    model = FilmModel.of(setup, output_profile(icc))
    count = 1500
    paint, target = mixtures(count, 3, 0.8), mixtures(count, 4, 0.7)
    planes = separate(
        model,
        linear(paint),
        linear(target),
        np.zeros(count, np.bool_),
        np.ones(count, np.float32),
    )
    return Job(paint, lab_d50_from_rec2020(linear(target)), planes, model)


def in_gamut(planes: np.ndarray) -> np.ndarray:
    return (planes[:, OUTCOME_PLANE] & PixelOutcome.OUT_OF_GAMUT) == 0


def test_what_is_printed_looks_as_it_should(job: Job) -> None:
    inside = in_gamut(job.planes)
    assert inside.mean() > 0.3
    off = job.off_de00(coverage(job.planes[:, :5]))[inside]
    assert off.mean() <= 1.0
    assert np.percentile(off, 95) <= 2.5


def test_wavelengths_come_no_farther_off_than_bands(
    done: FitDone, setup: PrintSetup, job: Job
) -> None:
    """Mean and p95 ΔE00 of the print against the target: 0.58 and 0.94, bands 0.61 and
    0.97; most of either is the halftone's fit, which both share."""
    assert setup.spectra is not None
    in_bands = setup.model_copy(update={"spectra": None})
    model = FilmModel.of(in_bands, output_profile(done.files[1].read_bytes()))
    count = len(job.paint)
    planes = separate(
        model,
        linear(job.paint),
        rec2020_from_lab_d50(job.target_lab).astype(np.float32),
        np.zeros(count, np.bool_),
        np.ones(count, np.float32),
    )
    inside = in_gamut(planes) & in_gamut(job.planes)
    bands = job.off_de00(coverage(planes[:, :5]))[inside]
    wavelengths = job.off_de00(coverage(job.planes[:, :5]))[inside]
    assert wavelengths.mean() <= bands.mean()
    assert np.percentile(wavelengths, 95) <= np.percentile(bands, 95)


def test_the_fit_finds_the_printers_spectra(setup: PrintSetup) -> None:
    spectra = setup.spectra
    assert spectra is not None
    visible = slice(4, -4)  # where the instrument has light enough
    expected = 1.5 * (NM / 550) ** -0.6
    found = np.array(spectra.white_scattering)
    np.testing.assert_allclose(found[visible], expected[visible], rtol=0.06)
    np.testing.assert_allclose(spectra.film, PRINTER.film(), atol=0.01)
    assert spectra.primaries[0] == (1.0,) * len(NM)


def test_measured_colours_alone_give_no_spectra(
    measured: Measured, done: FitDone
) -> None:
    names = [*(patch.name for patch in PATCHES), "BACKING"]
    paths = []
    backings = {"on-white": WHITE_BACKING, "on-black": BLACK_BACKING}
    for label, backing in backings.items():
        every = np.stack([*measured.spectra[label], surface(backing)])
        rows = [
            (name, *(100 * xyz))
            for name, xyz in zip(names, xyz_d50_from_spectrum(NM, every), strict=True)
        ]
        path = measured.folder / f"xyz-{label}.ti3"
        fields = ("SAMPLE_LOC", "XYZ_X", "XYZ_Y", "XYZ_Z")
        write_cgats(path, "CTI3", {}, fields, rows)
        paths.append(path)
    found = fit_print_setup(
        FitRequest(
            measurements=(paths[0], paths[1]),
            output=measured.folder / "colours.toml",
            start=DEFAULT_PRINT_SETUP,
            chart=measured.folder / "chart.ti2",
            sheet=SheetReadings(),
            white_levels=None,
        )
    ).setup
    assert found.spectra is None
    assert found.white.mixing is done.setup.white.mixing


def test_asking_the_profile_without_the_backing_is_worse(job: Job) -> None:
    """The plain way: white everywhere, the profile asked for the target itself."""
    target = rec2020_from_lab_d50(job.target_lab)
    relative = target / np.array(job.model.profile.media_white_rgb_linear)
    inks, _ = job.model.profile.ink_and_error(relative, INK_LIMIT)
    plain = np.concatenate([inks, np.ones((len(inks), 1))], axis=1)
    inside = in_gamut(job.planes)
    ours = job.off_de00(coverage(job.planes[:, :5]))[inside].mean()
    assert job.off_de00(plain)[inside].mean() > 2 * ours


def nearest_de00(job: Job, starts: Iterator[np.ndarray]) -> np.ndarray:
    """Least ΔE00 that the simulated printer itself can reach over full white."""
    best = np.full(len(job.paint), np.inf)
    for start in starts:
        inks, damping = start.copy(), np.full(len(start), 1e-2)
        lab = lab_of(inks, job)
        off = ciede2000(lab, job.target_lab)
        for _ in range(30):
            slopes = np.stack(
                [
                    (lab_of(moved(inks, axis), job) - lab) / shift(inks, axis)[:, None]
                    for axis in range(4)
                ],
                axis=2,
            )
            miss = job.target_lab - lab
            normal = slopes.transpose(0, 2, 1) @ slopes
            normal += (damping * 1e3)[:, None, None] * np.eye(4)
            right = (slopes.transpose(0, 2, 1) @ miss[:, :, None])[..., 0]
            tried = within(inks + np.linalg.solve(normal, right[..., None])[..., 0])
            tried_lab = lab_of(tried, job)
            tried_off = ciede2000(tried_lab, job.target_lab)
            better = tried_off < off
            inks[better], lab[better] = tried[better], tried_lab[better]
            off = np.where(better, tried_off, off)
            damping = np.clip(np.where(better, damping / 4, damping * 4), 1e-6, 1e3)
        best = np.minimum(best, off)
    return best


def shift(inks: np.ndarray, axis: int) -> np.ndarray:
    return np.where(inks[:, axis] > 0.5, -1e-3, 1e-3)


def moved(inks: np.ndarray, axis: int) -> np.ndarray:
    result = inks.copy()
    result[:, axis] += shift(inks, axis)
    return result


def within(inks: np.ndarray) -> np.ndarray:
    inks = np.clip(inks, 0, 1)
    colours = np.maximum(inks[:, :3].sum(axis=1), 1e-9)
    inks[:, :3] *= np.minimum(1, (INK_LIMIT - inks[:, 3]) / colours)[:, None]
    return inks


def lab_of(inks: np.ndarray, job: Job) -> np.ndarray:
    plates = np.concatenate([inks, np.ones((len(inks), 1))], axis=1)
    return printed_lab(plates, job.paint)


def test_no_more_is_called_out_of_gamut_than_is(job: Job) -> None:
    some = Job(job.paint[:400], job.target_lab[:400], job.planes[:400], job.model)
    ours = coverage(some.planes[:, :4]).astype(np.float64)
    black = np.minimum(ours[:, 3:] + 0.3, 1.0)
    starts = (
        ours,
        within(np.concatenate([ours[:, :3] * 0.6, black], axis=1)),
        within(np.concatenate([ours[:, :3] * 1.3, ours[:, 3:] * 0.5], axis=1)),
    )
    impossible = nearest_de00(some, iter(starts)) > 1.0
    flagged = ~in_gamut(some.planes)
    assert flagged.mean() <= impossible.mean() + 0.01
    # And what is flagged is, mostly, what cannot be had.
    assert (flagged & impossible).sum() >= 0.95 * flagged.sum()


def test_exchanged_patches_are_named(measured: Measured) -> None:
    one, other = like((1, 0, 0, 0), 1.0), like((0, 0, 1, 0), 1.0)
    spectra = measured.spectra["on-white"].copy()
    spectra[[one, other]] = spectra[[other, one]]
    with pytest.raises(errors.SwappedPatchesError) as caught:
        measured.fitted({"on-white": spectra})
    assert {PATCHES[one].name, PATCHES[other].name} == set(caught.value.args[0][0])


def test_exchanged_whites_are_named(measured: Measured) -> None:
    one, other = like((0, 0, 0, 0), 0.25), like((0, 0, 0, 0), 0.75)
    spectra = measured.spectra["on-black"].copy()
    spectra[[one, other]] = spectra[[other, one]]
    with pytest.raises(errors.SwappedPatchesError) as caught:
        measured.fitted({"on-black": spectra})
    assert {PATCHES[one].name, PATCHES[other].name} == set(caught.value.args[0][0])


def test_a_patch_misread_is_left_out_and_named(
    measured: Measured, done: FitDone
) -> None:
    wrong = like((0.66, 0.33, 0, 0), 1.0)
    spectra = measured.spectra["on-white"].copy()
    spectra[wrong] *= 0.5
    found = measured.fitted({"on-white": spectra})
    assert found.left_out == (f"{PATCHES[wrong].name} in on-white.ti3",)
    error, before = found.setup.fit["all"], done.setup.fit["all"]
    assert error.mean_de00 == pytest.approx(before.mean_de00, abs=0.02)


def test_measurements_of_another_chart_are_refused(measured: Measured) -> None:
    shuffled = np.random.default_rng(0).permutation(len(PATCHES))
    changed = {label: rows[shuffled] for label, rows in measured.spectra.items()}
    with pytest.raises(errors.UnlikelyMeasurementsError):
        measured.fitted(changed)


def test_missing_patches_are_named(measured: Measured, tmp_path: Path) -> None:
    names = [patch.name for patch in PATCHES]
    kept = [n for n, name in enumerate(names) if name not in {"B3", "C11"}]
    path = tmp_path / "short.ti3"
    spectra = measured.spectra["on-white"][kept]
    write_measurements(path, spectra, WHITE_BACKING, [names[n] for n in kept])
    request = FitRequest(
        (path,),
        tmp_path / "a.toml",
        DEFAULT_PRINT_SETUP,
        measured.folder / "chart.ti2",
        SheetReadings(),
        None,
    )
    with pytest.raises(errors.MissingPatchesError, match=r"lack B3, C11; each of"):
        fit_print_setup(request)
    assert not (tmp_path / "a.toml").exists()


def test_one_backing_is_not_enough(measured: Measured, tmp_path: Path) -> None:
    on_white, _ = measured.written({})
    request = FitRequest(
        (on_white,),
        tmp_path / "a.toml",
        DEFAULT_PRINT_SETUP,
        measured.folder / "chart.ti2",
        SheetReadings(),
        None,
    )
    with pytest.raises(errors.MissingPatchesError, match="backing of the other kind"):
        fit_print_setup(request)


def test_what_was_read_off_the_sheet_is_no_longer_assumed(measured: Measured) -> None:
    sheet = SheetReadings(
        distances_mm=(150.15, 109.89),
        verniers_um=((50.0, -100.0), (0.0, -50.0)),
        open_gap_um=100.0,
        laid_off_um=((100.0, 0.0), (0.0, 200.0), (-100.0, 0.0)),
    )
    setup = measured.fitted({}, sheet).setup
    assert setup.geometry.choke_um == 150
    assert setup.geometry.scale_x == pytest.approx(1.001)
    assert setup.geometry.scale_y == pytest.approx(0.999)
    assert setup.geometry.displacement_um == 100
    assert set(setup.unmeasured) == {"media"}  # a chart does not tell


@pytest.mark.parametrize("distances_mm", [(150, 113), (147, 110), (150.6, 109.8)])
def test_a_size_beyond_reason_is_refused(
    measured: Measured, distances_mm: tuple[float, float]
) -> None:
    with pytest.raises(errors.ScaleDiffersError):
        measured.fitted({}, SheetReadings(distances_mm=distances_mm))


def test_real_offset_prints_are_predicted_from_a_fifth_of_them(tmp_path: Path) -> None:
    """FOGRA39L: ramps and 300 of its mixtures tell the other 1,300."""
    every = read_measurements(FOGRA)
    assert every.inks is not None
    alone = (every.inks > 0).sum(axis=1) <= 1
    chosen = alone | (np.random.default_rng(1).random(len(alone)) < 0.2)
    path = tmp_path / "some.ti3"
    rows = [
        (name, *(100 * inks), *(100 * xyz))
        for name, inks, xyz, kept in zip(
            every.names, every.inks, every.xyz_d50, chosen, strict=True
        )
        if kept
    ]
    fields = ("SAMPLE_ID", *INK_FIELDS, "XYZ_X", "XYZ_Y", "XYZ_Z")
    write_cgats(path, "CTI3", {}, fields, rows)
    done = fit_print_setup(
        FitRequest(
            (path,),
            tmp_path / "offset.toml",
            DEFAULT_PRINT_SETUP,
            None,
            SheetReadings(),
            None,
        )
    )
    profile = output_profile(done.files[1].read_bytes())
    rest = ~chosen
    absolute = profile.reflectance(every.inks[rest])
    absolute = absolute * np.array(profile.media_white_rgb_linear)
    measured_lab = lab_d50_from_xyz_d50(every.xyz_d50[rest])
    off = ciede2000(lab_d50_from_rec2020(absolute), measured_lab)
    assert off.mean() <= 0.5
    assert np.percentile(off, 95) <= 1.2
    assert set(done.setup.measured) == {"colour"}
    assert "white" in done.setup.unmeasured


def test_the_commands_run(measured: Measured, tmp_path: Path) -> None:
    on_white, on_black = measured.written({})
    output = tmp_path / "ours.toml"
    chart = measured.folder / "chart.ti2"
    words = ["fit", on_white, on_black, "--chart", chart, "-o", output]
    made = subprocess.run(
        [sys.executable, "-m", "pellicle", "print-setup", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert "all: 654 readings, ΔE00 mean 0." in made.stdout
    assert "worst: " in made.stdout
    assert load_print_setup(str(output))[0].name == "ours"


def test_a_second_fit_keeps_what_the_first_has_measured(measured: Measured) -> None:
    sheet = SheetReadings(
        distances_mm=(150.0, 110.0), verniers_um=((50.0, 0.0),), open_gap_um=100.0
    )
    first = measured.fitted({}, sheet)
    again = fit_print_setup(
        FitRequest(
            measurements=measured.written({}),
            output=measured.folder / "again.toml",
            start=str(first.files[0]),
            chart=measured.folder / "chart.ti2",
            sheet=SheetReadings(),
            white_levels="5",
        )
    ).setup
    assert again.measured.keys() == first.setup.measured.keys()
    assert again.geometry == first.setup.geometry
    assert again.white.levels == (0, 0.25, 0.5, 0.75, 1)
    assert again.title == first.setup.title


def test_a_vernier_alone_leaves_the_spread_of_the_white_assumed(
    measured: Measured,
) -> None:
    setup = measured.fitted({}, SheetReadings(verniers_um=((30.0, 0.0),))).setup
    assert setup.geometry.choke_um == 80
    assert "50 µm are assumed" in setup.unmeasured["choke"]


@pytest.mark.parametrize(
    ("sheet", "levels", "said"),
    [
        (SheetReadings(laid_off_um=((1.0, 2.0),)), None, "at least 3 trials"),
        (SheetReadings(), "4", "2, 3, 5, continuous"),
    ],
)
def test_what_cannot_be_is_refused(
    measured: Measured, sheet: SheetReadings, levels: str | None, said: str
) -> None:
    request = FitRequest(
        measured.written({}),
        measured.folder / "none.toml",
        DEFAULT_PRINT_SETUP,
        measured.folder / "chart.ti2",
        sheet,
        levels,
    )
    with pytest.raises(errors.BadSettingError, match=said):
        fit_print_setup(request)


@pytest.mark.parametrize("side", [PrintedSide.TOP, PrintedSide.UNDERSIDE])
def test_white_of_smaller_drops_is_told_from_dots(
    side: PrintedSide,
) -> None:
    """Closed layers of white instead of dots with gaps; either side of the film."""
    setup, _ = load_print_setup(DEFAULT_PRINT_SETUP)
    plates = np.linspace(0, 1, 9)
    curve = np.stack([plates, plates**1.3], axis=1)
    drops = setup.white.model_copy(
        update={
            "mixing": WhiteMixing.DROPS,
            "tone_curve": tuple(map(tuple, curve)),
            "scattering": 1.2,
        }
    )
    backing = np.repeat([[0.85, 0.86, 0.8], [0.03, 0.03, 0.03]], 9, axis=0)
    over = 1.0 if side is PrintedSide.TOP else 0.95
    patches = WhitePatches(
        np.tile(plates, 2), np.full(18, 2), backing, np.full((18, 3), over), backing
    )
    seen = layer_seen(drops, patches)
    random = np.random.default_rng(3)
    wavering = seen * (1 + 0.003 * random.standard_normal(seen.shape))
    found, errors_of = fit_white(setup.white, replace(patches, measured=wavering))
    assert found.mixing is WhiteMixing.DROPS
    assert errors_of["drops"] < 0.5 * errors_of["halftone"]
    np.testing.assert_allclose(found.scattering, 1.2, rtol=0.03)
    np.testing.assert_allclose(found.tone_curve, curve, atol=0.02)


def test_one_pass_of_white_tells_what_two_do(measured: Measured) -> None:
    """A chart printed with another number of passes says so in its file."""
    once = Printer(passes=1)
    inks = np.array([patch.inks for patch in PATCHES])
    white = np.array([patch.white for patch in PATCHES])
    path = measured.folder / "once.ti3"
    spectra = once.measured(once.spectra(inks, white, BLACK_BACKING), 3)
    names = [patch.name for patch in PATCHES]
    write_measurements(path, spectra, BLACK_BACKING, names, {"WHITE_PASSES": "1"})
    setup = fit_print_setup(
        FitRequest(
            measurements=(*measured.written({}), path),
            output=measured.folder / "passes.toml",
            start=DEFAULT_PRINT_SETUP,
            chart=measured.folder / "chart.ti2",
            sheet=SheetReadings(),
            white_levels=None,
        )
    ).setup
    assert setup.white.passes == 2
    expected = 1.5 * (np.array([610, 540, 460]) / 550) ** -0.6
    np.testing.assert_allclose(setup.white.scattering, expected, rtol=0.05)
    assert setup.fit["white"].patches == 3 * 18
    assert setup.fit["white"].mean_de00 < 0.3
    assert setup.fit["all"].mean_de00 < 0.7


def test_curves_on_film_make_another_mask_and_the_printers_size_does_not(
    setup: PrintSetup,
) -> None:
    inks = setup.inks.model_copy(update={"film_curves": None})
    other = setup.model_copy(update={"inks": inks})
    assert settings_read(other) != settings_read(setup)
    geometry = setup.geometry.model_copy(update={"scale_x": 1.01})
    resized = setup.model_copy(update={"geometry": geometry})
    assert settings_read(resized) == settings_read(setup)
