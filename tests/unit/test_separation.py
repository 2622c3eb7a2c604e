# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import pytest

from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.colour.difference import ciede2000
from pellicle.colour.encoding import ScanEncoding
from pellicle.colour.film import FilmModel, bare_film_over
from pellicle.colour.optics import measured_reflectance
from pellicle.colour.output_profile import OutputProfile
from pellicle.io.icc import output_profile, scan_encoding
from pellicle.io.print_setup_file import DEFAULT_PRINT_SETUP, load_print_setup
from pellicle.model.artefact import ArtefactKind
from pellicle.model.mask import OUTCOME_PLANE, WHITE_PLANE, PixelOutcome, PrintIntent
from pellicle.model.print_setup import FilmCurves, PrintedSide, PrintSetup, WhiteMixing
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize
from pellicle.stages.mask.ink import coverage, solve_ink
from pellicle.stages.mask.separation import FilmSeparation, separate
from pellicle.stages.mask.underprint import least_white

SETUP, ICC = load_print_setup(DEFAULT_PRINT_SETUP)
PIXEL_SIZE = PixelSize(50.0)
"""Makes the default choke two pixels."""


@pytest.fixture(scope="module")
def ink() -> OutputProfile:
    return output_profile(ICC)


@pytest.fixture(scope="module")
def scan() -> ScanEncoding:
    return scan_encoding(None, 3)


@pytest.fixture(scope="module")
def stage(ink: OutputProfile, scan: ScanEncoding) -> FilmSeparation:
    return FilmSeparation(setup=SETUP, scan=scan, ink=ink)


@pytest.fixture(scope="module")
def model(ink: OutputProfile) -> FilmModel:
    return FilmModel.of(SETUP, ink)


def with_white(**changes: object) -> PrintSetup:
    white = SETUP.white.model_copy(update=changes)
    return SETUP.model_copy(update={"white": white})


def flat(rgb: tuple[int, int, int], shape: tuple[int, int]) -> np.ndarray:
    return np.full((*shape, 3), rgb, np.uint16) * np.uint16(257)


def colours(*rows: tuple[float, float, float]) -> np.ndarray:
    return np.array(rows, np.float32)


def run(
    stage: FilmSeparation,
    paint: np.ndarray,
    target: np.ndarray,
    intent: np.ndarray,
) -> np.ndarray:
    tiles = {
        ArtefactKind.SCAN: paint,
        ArtefactKind.RECONSTRUCTION: target,
        ArtefactKind.INFILL: intent.astype(np.uint8),
    }
    return stage.run_tile(tiles, PIXEL_SIZE, Window(0, 0, *intent.shape))


def run_far_from_the_edge(
    stage: FilmSeparation,
    paint: np.ndarray,
    target: np.ndarray,
    intent: np.ndarray,
) -> np.ndarray:
    """The same in the middle of a larger picture, where no edge chokes the white."""
    margin = ((9, 9), (9, 9))
    paint, target = (np.pad(one, (*margin, (0, 0)), "edge") for one in (paint, target))
    return run(stage, paint, target, np.pad(intent, margin, "edge"))[9:-9, 9:-9]


def seen_de00(
    model: FilmModel, planes: np.ndarray, paint: np.ndarray, target
) -> np.ndarray:
    plates = planes.astype(np.float32) / 65_535
    seen = model.seen(
        model.base(paint, plates[:, WHITE_PLANE].copy()), plates[:, :WHITE_PLANE]
    )
    return ciede2000(lab_d50_from_rec2020(seen), lab_d50_from_rec2020(target))


def test_nothing_is_printed_where_nothing_is_asked_for(stage: FilmSeparation) -> None:
    generator = np.random.default_rng(0)
    paint, target = generator.integers(0, 65_536, (2, 40, 50, 3), np.uint16)
    intent = generator.choice([0, 1, 2], (40, 50), p=[0.5, 0.3, 0.2])
    planes = run(stage, paint, target, intent)
    assert planes.shape == (40, 50, 6)
    assert planes.dtype == np.uint16
    assert not planes[intent == 0].any()
    outcome = planes[..., OUTCOME_PLANE]
    np.testing.assert_array_equal((outcome & PixelOutcome.GLAZE) > 0, intent == 2)
    np.testing.assert_array_equal((outcome & PixelOutcome.OPAQUE) > 0, intent == 1)
    assert not planes[intent == 2][:, WHITE_PLANE].any()
    assert not (outcome[intent == 2] & PixelOutcome.RIM).any()


def test_without_anything_asked_for_the_mask_is_empty(stage: FilmSeparation) -> None:
    paint = flat((90, 80, 70), (3, 4))
    assert not run(stage, paint, paint, np.zeros((3, 4))).any()


def test_single_pixel_can_be_separated(stage: FilmSeparation) -> None:
    planes = run_far_from_the_edge(
        stage,
        flat((200, 190, 170), (1, 1)),
        flat((90, 80, 70), (1, 1)),
        np.ones((1, 1)),
    )
    assert planes[0, 0, WHITE_PLANE] == 65_535
    assert planes[0, 0, OUTCOME_PLANE] == PixelOutcome.OPAQUE


def test_mid_colours_over_a_light_ground_are_reached(
    stage: FilmSeparation, model: FilmModel, scan: ScanEncoding
) -> None:
    generator = np.random.default_rng(1)
    target = (generator.integers(70, 150, (60, 60, 3)) * 257).astype(np.uint16)
    paint = flat((215, 205, 185), (60, 60))
    planes = run_far_from_the_edge(stage, paint, target, np.ones((60, 60))).reshape(
        -1, 6
    )
    assert (planes[:, OUTCOME_PLANE] == PixelOutcome.OPAQUE).mean() > 0.95
    fine = planes[:, OUTCOME_PLANE] == PixelOutcome.OPAQUE
    de00 = seen_de00(
        model,
        planes[fine],
        scan.linear(paint).reshape(-1, 3)[fine],
        scan.linear(target).reshape(-1, 3)[fine],
    )
    assert de00.mean() < 0.2
    assert np.percentile(de00, 95) < 1


def test_colour_of_the_white_itself_asks_for_no_ink(model: FilmModel) -> None:
    paint = colours((0.6, 0.5, 0.4), (0.05, 0.04, 0.03))
    base = model.base(paint, np.ones(2, np.float32))
    solution = solve_ink(model, measured_reflectance(base), base)
    assert solution.cmyk.max() < 0.01 * 65_535
    assert solution.in_gamut.all()


def test_profile_is_asked_for_an_absolute_colour(model: FilmModel) -> None:
    # Ink of known plates over the white; asking for what it looks like gives it back.
    plates = np.array([[0.2, 0.4, 0.5, 0.0], [0.5, 0.1, 0.3, 0.2]], np.float32)
    base = model.base(colours((0.5, 0.4, 0.3), (0.1, 0.1, 0.1)), np.ones(2, np.float32))
    target = model.seen(base, plates)
    solution = solve_ink(model, target, base)
    assert solution.difference_de00.max() < 0.1
    # A plain relative colour, the target itself, has the white twice.
    naive = model.seen(base, model.profile.ink(target))
    wrong = ciede2000(lab_d50_from_rec2020(naive), lab_d50_from_rec2020(target))
    assert wrong.min() > 2


def test_ink_on_the_chart_is_what_the_profile_says(model: FilmModel) -> None:
    # The chart's own white as base, then the surface: measured over measured white.
    plates = np.array([[0.7, 0.2, 0.1, 0.0], [0.0, 0.0, 0.0, 0.6]], np.float32)
    base = np.tile(model.chart_internal, (2, 1))
    relative = model.seen(base, plates) / model.chart_measured
    np.testing.assert_allclose(relative, model.profile.reflectance(plates), atol=2e-6)
    np.testing.assert_allclose(
        model.asked(model.transmittance(plates)), relative, atol=2e-6
    )
    np.testing.assert_allclose(model.transmittance(np.zeros((1, 4))), 1, atol=2e-7)


def test_glaze_darkens_without_white(
    stage: FilmSeparation, model: FilmModel, scan: ScanEncoding
) -> None:
    paint = flat((200, 190, 170), (4, 4))
    target = flat((140, 120, 90), (4, 4))
    planes = run(stage, paint, target, np.full((4, 4), PrintIntent.GLAZE)).reshape(
        -1, 6
    )
    assert (planes[:, OUTCOME_PLANE] == PixelOutcome.GLAZE).all()
    assert not planes[:, WHITE_PLANE].any()
    linear = scan.linear(paint).reshape(-1, 3), scan.linear(target).reshape(-1, 3)
    assert seen_de00(model, planes, *linear).max() < 0.2


def test_glaze_that_would_have_to_lighten_is_flagged(stage: FilmSeparation) -> None:
    planes = run(
        stage,
        flat((60, 60, 60), (1, 1)),
        flat((140, 120, 90), (1, 1)),
        np.full((1, 1), 2),
    )
    assert planes[0, 0, OUTCOME_PLANE] == PixelOutcome.GLAZE | PixelOutcome.OUT_OF_GAMUT


def test_target_lighter_than_the_white_is_out_of_gamut(stage: FilmSeparation) -> None:
    planes = run_far_from_the_edge(
        stage,
        flat((30, 30, 30), (1, 1)),
        flat((250, 250, 250), (1, 1)),
        np.ones((1, 1)),
    )
    assert (
        planes[0, 0, OUTCOME_PLANE] == PixelOutcome.OPAQUE | PixelOutcome.OUT_OF_GAMUT
    )
    assert planes[0, 0, :WHITE_PLANE].sum() < 65_535 * 0.1


def test_ink_never_exceeds_its_limit_and_says_where_that_costs_colour(
    ink: OutputProfile, scan: ScanEncoding
) -> None:
    generator = np.random.default_rng(2)
    target = (generator.integers(0, 60, (30, 30, 3)) * 257).astype(np.uint16)
    inks = SETUP.inks.model_copy(update={"ink_limit_percent": 150.0})
    setup = SETUP.model_copy(update={"inks": inks})
    stage = FilmSeparation(setup=setup, scan=scan, ink=ink)
    planes = run(stage, flat((215, 205, 185), (30, 30)), target, np.ones((30, 30)))
    total = planes[..., :WHITE_PLANE].astype(np.int64).sum(axis=-1)
    assert total.max() <= 1.5 * 65_535
    limited = (planes[..., OUTCOME_PLANE] & PixelOutcome.INK_LIMITED) > 0
    assert 0 < limited.sum() < limited.size
    # What is limited uses the limit up, or one ink already prints full.
    full = planes[..., :WHITE_PLANE].max(axis=-1) == 65_535
    assert (full | (total > 1.4 * 65_535))[limited].all()
    assert np.median(total[limited]) > 1.49 * 65_535


@pytest.mark.parametrize(("width_px", "white_px"), [(9, 5.0), (3, 1.0), (1, 1.0)])
def test_white_stays_inside_the_colour(
    stage: FilmSeparation, width_px: int, white_px: float
) -> None:
    """The choke leaves 5, 1 and 0.667; a printer of two levels makes that 1."""
    intent = np.zeros((width_px + 6, 30))
    intent[3 : 3 + width_px] = 1
    planes = run(
        stage,
        flat((215, 205, 185), intent.shape),
        flat((120, 90, 60), intent.shape),
        intent,
    )
    across = planes[:, 15]
    np.testing.assert_allclose(
        across[:, WHITE_PLANE].sum() / 65_535, white_px, atol=5e-4
    )
    assert (across[3 : 3 + width_px, :WHITE_PLANE].sum(axis=1) > 0).all()
    rim = (across[:, OUTCOME_PLANE] & PixelOutcome.RIM) > 0
    np.testing.assert_array_equal(
        rim, (intent[:, 15] > 0) & (across[:, WHITE_PLANE] < 65_535)
    )


@pytest.mark.parametrize("levels", [(0, 1), (0, 0.5, 1), (0, 0.25, 0.5, 0.75, 1)])
def test_only_the_printers_levels_of_white_are_printed(
    stage: FilmSeparation, levels: tuple[float, ...]
) -> None:
    """Rims included: where the choke leaves a part, the nearest level is taken."""
    stage = stage.model_copy(update={"setup": with_white(levels=levels)})
    slanted = np.tri(40, 30, -4) - np.tri(40, 30, -17)
    paint, target = flat((150, 130, 100), (40, 30)), flat((120, 95, 60), (40, 30))
    white = run(stage, paint, target, slanted)[..., WHITE_PLANE]
    allowed = np.floor(np.array(levels) * 65_535 + 0.5)
    assert set(np.unique(white)) <= set(allowed)
    assert (white > 0).any()


def test_ink_on_clear_film_has_its_own_curves(model: FilmModel) -> None:
    curve = ((0.0, 0.0), (0.5, 0.4), (1.0, 0.9))
    curves = FilmCurves(cyan=curve, magenta=curve, yellow=curve, black=curve)
    inks = SETUP.inks.model_copy(update={"film_curves": curves})
    setup = SETUP.model_copy(update={"inks": inks})
    own = FilmModel.of(setup, model.profile)
    plates = np.array([[0.5, 0.25, 0, 1.0]] * 2, np.float32)
    white = np.array([0, 1], np.float32)
    made = own.as_over_white(plates, white)
    np.testing.assert_allclose(made, [[0.4, 0.2, 0, 0.9], [0.5, 0.25, 0, 1]], atol=1e-6)
    np.testing.assert_allclose(own.plates(made, white), plates, atol=1e-6)
    paint, target = colours((0.4, 0.35, 0.3)), colours((0.3, 0.22, 0.15))
    glaze, all_white = np.ones(1, np.bool_), np.ones(1, np.float32)
    ours = separate(own, paint, target, glaze, all_white)
    plain = separate(model, paint, target, glaze, all_white)
    assert (ours[0, :3] >= plain[0, :3]).all()
    assert ours[0, :3].sum() > plain[0, :3].sum()
    cover = coverage(ours[:, :5])
    base = own.base(paint, cover[:, 4])
    seen = own.seen(base, cover[:, :4], cover[:, 4])
    off = ciede2000(lab_d50_from_rec2020(seen), lab_d50_from_rec2020(target))
    assert off[0] < 0.1


def test_film_curves_never_carry_ink_past_the_limit(model: FilmModel) -> None:
    curve = ((0.0, 0.0), (1.0, 0.7))
    curves = FilmCurves(cyan=curve, magenta=curve, yellow=curve, black=curve)
    inks = SETUP.inks.model_copy(update={"film_curves": curves})
    own = FilmModel.of(SETUP.model_copy(update={"inks": inks}), model.profile)
    random = np.random.default_rng(4)
    paint = random.uniform(0.3, 0.8, (200, 3)).astype(np.float32)
    target = (paint * random.uniform(0.01, 0.3, (200, 3))).astype(np.float32)
    planes = separate(
        own, paint, target, np.ones(200, np.bool_), np.ones(200, np.float32)
    )
    total = planes[:, :4].astype(np.int64).sum(axis=1)
    assert total.max() <= 2.2 * 65_535
    assert (total > 2.1 * 65_535).any()


def test_tone_curve_and_numbers_by_band_tell_what_a_plate_value_makes(
    ink: OutputProfile,
) -> None:
    paint = colours((0.1, 0.1, 0.1))
    curve = ((0.0, 0.0), (0.25, 0.5), (1.0, 1.0))
    half = np.array([0.25], np.float32)
    bent = FilmModel.of(with_white(tone_curve=curve), ink).base(paint, half)
    straight = FilmModel.of(SETUP, ink).base(paint, 2 * half)
    np.testing.assert_allclose(bent, straight, rtol=1e-6)
    bands = with_white(scattering=(1.5, 1.5, 1.5), absorption=(0.001, 0.001, 0.001))
    np.testing.assert_allclose(
        FilmModel.of(bands, ink).base(paint, 2 * half), straight, rtol=1e-5
    )
    bluish = with_white(scattering=(1.0, 1.5, 2.0))
    base = FilmModel.of(bluish, ink).base(paint, 2 * half)[0]
    assert base[0] < base[1] < base[2]


def test_white_stops_short_of_the_edge_of_the_scan_as_of_an_outline(
    stage: FilmSeparation,
) -> None:
    paint, target = flat((190, 170, 140), (20, 30)), flat((120, 90, 60), (20, 30))
    planes = run(stage, paint, target, np.ones((20, 30)))
    expected = np.zeros((20, 30))
    expected[2:-2, 2:-2] = 65_535
    np.testing.assert_array_equal(planes[..., WHITE_PLANE], expected)
    assert (planes[..., :WHITE_PLANE].sum(axis=-1) > 0).all()
    rim = (planes[..., OUTCOME_PLANE] & PixelOutcome.RIM) != 0
    np.testing.assert_array_equal(rim, expected == 0)
    # The same picture as the part of a larger scan that is outlined as painting.
    margin = ((5, 5), (5, 5))
    scans = (np.pad(one, (*margin, (0, 0)), "edge") for one in (paint, target))
    outlined = run(stage, *scans, np.pad(np.ones((20, 30)), margin))
    np.testing.assert_array_equal(outlined[5:-5, 5:-5], planes)


def test_colour_of_the_rim_is_solved_over_the_white_it_has(
    stage: FilmSeparation, model: FilmModel, scan: ScanEncoding
) -> None:
    paint, target = flat((190, 170, 140), (1, 40)), flat((120, 90, 60), (1, 40))
    intent = np.ones((1, 40))
    intent[0, 20] = 0
    planes = run_far_from_the_edge(stage, paint, target, intent)[0]
    rim, inside = planes[21], planes[39]
    assert rim[WHITE_PLANE] == 0
    assert inside[WHITE_PLANE] == 65_535
    assert rim[:WHITE_PLANE].tolist() != inside[:WHITE_PLANE].tolist()
    linear = scan.linear(paint)[0, :1], scan.linear(target)[0, :1]
    assert seen_de00(model, rim[None], *linear)[0] < 0.2
    unsolved = np.append(inside[:WHITE_PLANE], [0, 0])[None]
    assert seen_de00(model, unsolved, *linear)[0] > 1


@pytest.mark.parametrize("mixing", WhiteMixing)
def test_least_white_that_does_is_taken_of_many_levels(
    ink: OutputProfile, mixing: WhiteMixing
) -> None:
    levels = tuple(np.linspace(0, 1, 9).tolist())
    model = FilmModel.of(
        with_white(levels=levels, mixing=mixing, yule_nielsen=1.7), ink
    )
    generator = np.random.default_rng(4)
    paint = generator.random((200, 3), np.float32) ** 2 * np.float32(0.6)
    target = generator.random((200, 3), np.float32) * np.float32(0.5) + np.float32(0.1)
    chosen = least_white(model, paint, target)
    expected = []
    for n in range(200):
        tried = []
        for level in levels[1:]:
            base = model.base(paint[n : n + 1], np.array([level], np.float32))
            solution = solve_ink(model, target[n : n + 1], base)
            de00 = float(solution.difference_de00[0])
            tried.append((de00, bool(solution.in_gamut[0] and de00 <= 1)))
        first = next((i for i, (_, does) in enumerate(tried) if does), None)
        if first is None:
            first = min(range(8), key=lambda i: tried[i][0])
        expected.append(levels[1 + first])
    np.testing.assert_array_equal(chosen, np.array(expected, np.float32))
    assert len(set(chosen.tolist())) > 4


def test_thin_white_is_enough_over_a_light_ground(ink: OutputProfile) -> None:
    model = FilmModel.of(with_white(levels=(0.0, 0.1, 0.5, 1.0)), ink)
    paint, target = colours((0.6, 0.55, 0.45)), colours((0.2, 0.15, 0.1))
    assert least_white(model, paint, target).tolist() == [np.float32(0.1)]


def test_clear_film_leaves_paint_exactly_as_it_is() -> None:
    paint = np.random.default_rng(8).random((9, 3), np.float32)
    np.testing.assert_array_equal(bare_film_over(paint, SETUP.film), paint)


def test_film_beneath_or_above_the_ink_darkens_what_it_covers(
    ink: OutputProfile,
) -> None:
    def base(side: PrintedSide) -> np.ndarray:
        film = SETUP.film.model_copy(
            update={"printed_side": side, "transmittance": 0.9}
        )
        model = FilmModel.of(SETUP.model_copy(update={"film": film}), ink)
        return model.base(colours((0.3, 0.3, 0.3)), np.ones(1, np.float32))

    clear = FilmModel.of(SETUP, ink).base(
        colours((0.3, 0.3, 0.3)), np.ones(1, np.float32)
    )
    np.testing.assert_allclose(base(PrintedSide.UNDERSIDE), 0.9 * clear, rtol=1e-6)
    beneath = base(PrintedSide.TOP)
    assert (0.95 * clear < beneath).all()
    assert (beneath < clear).all()


def test_darkest_paint_counts_as_three_thousandths(model: FilmModel) -> None:
    base = model.base(colours((0, 0, 0), (-0.1, 0.2, 0.2)), np.zeros(2, np.float32))
    np.testing.assert_allclose(base[0], 0.003)
    np.testing.assert_allclose(base[1, 0], 0.003)


def test_grey_scan_of_eight_bits_can_be_separated(ink: OutputProfile) -> None:
    stage = FilmSeparation(setup=SETUP, scan=scan_encoding(None, 1), ink=ink)
    paint = np.full((3, 3, 1), 210, np.uint8)
    planes = run_far_from_the_edge(
        stage, paint, np.full((3, 3, 1), 110, np.uint8), np.ones((3, 3))
    )
    assert (planes[..., OUTCOME_PLANE] == PixelOutcome.OPAQUE).all()


def test_profiles_stand_in_the_settings_by_their_hash(
    stage: FilmSeparation, ink: OutputProfile
) -> None:
    settings = stage.settings()
    assert settings["ink"] == ink.sha256
    assert settings["setup"]["geometry"]["choke_um"] == 100
    assert len(json.dumps(settings)) < 5_000


def test_pixels_are_separated_one_by_one(model: FilmModel) -> None:
    generator = np.random.default_rng(6)
    paint, target = generator.random((2, 37, 3), np.float32)
    glaze = generator.random(37) < 0.3
    share = generator.random(37, np.float32)
    together = separate(model, paint, target, glaze, share)
    for n in range(37):
        one = slice(n, n + 1)
        alone = separate(model, paint[one], target[one], glaze[one], share[one])
        np.testing.assert_array_equal(alone[0], together[n])
