# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest

from pellicle.raster.backdrop import Ellipse, Quad
from pellicle.raster.frame_edges import inset, profile_share
from pellicle.raster.outline import find_outline
from pellicle.raster.polygons import overlap

GREY, BLACK, WHITE = (128, 127, 126), (14, 14, 15), (236, 234, 230)
HEIGHT, WIDTH = 300, 230


def painting(seed: int = 0) -> np.ndarray:
    """Forms, strokes and grain of a painting that has no straight edges."""
    rng = np.random.default_rng(seed)
    colours = cv2.GaussianBlur(rng.normal(0, 1, (HEIGHT, WIDTH, 3)), (0, 0), 22)
    strokes = cv2.GaussianBlur(rng.normal(0, 1, (HEIGHT, WIDTH, 3)), (0, 0), 2.5)
    ground = np.array([150, 105, 75]) + 1500 * colours + 110 * strokes
    cv2.ellipse(ground, (110, 130), (50, 70), 10, 0, 360, (205, 160, 130), -1)
    cv2.ellipse(ground, (110, 280), (95, 90), 0, 0, 360, (60, 35, 70), -1)
    return np.clip(ground + 40 * strokes, 0, 255)


def gold_frame(height: int, width: int, depth: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    sides = np.stack([y, x, height - 1 - y, width - 1 - x])
    place = np.clip(sides.min(axis=0) / depth, 0, 1)
    profile = 0.55 + 0.4 * np.sin(place * 7) * np.exp(-place)
    lit = np.where(sides.argmin(axis=0) < 2, 1.1, 0.85)
    gold = np.array([212, 170, 70]) * (profile * lit)[:, :, None]
    grain = np.random.default_rng(1).normal(0, 4, (height, width, 1))
    return np.clip(gold + grain, 0, 255)


def capture(  # noqa: PLR0913 -- a builder
    backdrop: tuple[int, int, int] = GREY,
    *,
    frame_px: int = 0,
    tondo: bool = False,
    turn_degrees: float = 0.0,
    with_targets: bool = True,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """A capture of a painting before a backdrop, and where the painting is in it."""
    shape = (HEIGHT + 190, WIDTH + 220)
    top, left = 70, 80
    thing = np.zeros(shape, np.float32)
    truth = np.zeros(shape, np.uint8)
    layer = np.zeros((*shape, 3))
    if frame_px:
        outer = (
            slice(top - frame_px, top + HEIGHT + frame_px),
            slice(left - frame_px, left + WIDTH + frame_px),
        )
        layer[outer] = gold_frame(HEIGHT + 2 * frame_px, WIDTH + 2 * frame_px, frame_px)
        thing[outer] = 1
    box = slice(top, top + HEIGHT), slice(left, left + WIDTH)
    if tondo:
        middle = (left + WIDTH // 2, top + HEIGHT // 2)
        cv2.ellipse(truth, middle, (WIDTH // 2 - 1, HEIGHT // 2 - 1), 0, 0, 360, 1, -1)
    else:
        truth[box] = 1
    thing[truth > 0] = 1
    placed = np.zeros_like(layer)
    placed[box] = painting(seed)
    layer = np.where(truth[:, :, None] > 0, placed, layer)

    picture = np.empty((*shape, 3))
    picture[:] = backdrop
    shadow = cv2.GaussianBlur(np.roll(thing, (5, 4), (0, 1)), (0, 0), 4)
    picture *= (1 - 0.3 * shadow)[:, :, None]
    if with_targets:
        picture[-50:-36, left : left + 160] = 235
        picture[-50:-43, left : left + 160 : 6] = 20
        patches = np.random.default_rng(2).integers(20, 235, (6, 4, 3))
        target = np.kron(patches, np.ones((11, 11, 1)))
        picture[90 : 90 + 66, -50:-6] = target

    turn = cv2.getRotationMatrix2D((shape[1] / 2, shape[0] / 2), turn_degrees, 1)
    size = shape[::-1]
    share = cv2.warpAffine(thing, turn, size)[:, :, None]
    picture = picture * (1 - share) + cv2.warpAffine(layer, turn, size) * share
    turned = cv2.warpAffine(truth, turn, size, flags=cv2.INTER_NEAREST) > 0
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    picture *= (1 + 0.1 * x - 0.08 * y - 0.05 * (x * x + y * y))[:, :, None]
    picture += np.random.default_rng(3).normal(0, 2.5, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8), turned


@pytest.mark.parametrize("turn_degrees", [0.0, 1.7, -1.2])
@pytest.mark.parametrize("backdrop", [GREY, BLACK, WHITE])
def test_painting_is_found_before_a_plain_backdrop(
    backdrop: tuple[int, int, int], turn_degrees: float
) -> None:
    picture, truth = capture(backdrop, turn_degrees=turn_degrees)
    found = find_outline(picture)
    assert overlap(found, truth) > 0.96
    assert (truth & ~found).sum() < 0.015 * truth.sum()


@pytest.mark.parametrize("backdrop", [GREY, BLACK, WHITE])
def test_round_works_are_found(backdrop: tuple[int, int, int]) -> None:
    picture, truth = capture(backdrop, tondo=True)
    assert overlap(find_outline(picture), truth) > 0.96


@pytest.mark.parametrize("turn_degrees", [0.0, 1.5])
@pytest.mark.parametrize("frame_px", [20, 36])
def test_frame_is_left_out(frame_px: int, turn_degrees: float) -> None:
    picture, truth = capture(frame_px=frame_px, turn_degrees=turn_degrees)
    found = find_outline(picture)
    assert overlap(found, truth) > 0.95
    assert (truth & ~found).sum() < 0.03 * truth.sum()


def test_frame_that_fills_the_capture_is_left_out() -> None:
    picture = gold_frame(HEIGHT + 60, WIDTH + 60, 30)
    truth = np.zeros(picture.shape[:2], np.bool_)
    truth[30:-30, 30:-30] = True
    picture[truth] = painting().reshape(-1, 3)
    found = find_outline(picture.astype(np.uint8))
    assert overlap(found, truth) > 0.95


@pytest.mark.parametrize("seed", range(4))
def test_painting_that_fills_the_capture_loses_nothing(seed: int) -> None:
    assert find_outline(painting(seed).astype(np.uint8)).all()


def test_figure_before_a_plain_painted_ground_loses_nothing() -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 40.0)
    cv2.ellipse(picture, (110, 120), (45, 60), 0, 0, 360, (200, 160, 130), -1)
    cv2.ellipse(picture, (110, 300), (90, 120), 0, 0, 360, (90, 30, 30), -1)
    picture += np.random.default_rng(0).normal(0, 2, picture.shape)
    assert find_outline(np.clip(picture, 0, 255).astype(np.uint8)).all()


def test_horizon_and_window_do_not_count_as_a_frame() -> None:
    picture = painting()
    picture[:120] = (140, 170, 210)
    picture[150:260, 60:120] = (230, 225, 210)
    assert find_outline(picture.astype(np.uint8)).all()


def test_grey_captures_and_other_sizes_work() -> None:
    picture, truth = capture(with_targets=False)
    grey = picture.mean(axis=2, keepdims=True).astype(np.uint8)
    assert overlap(find_outline(grey), truth) > 0.95
    large = cv2.resize(picture, None, fx=2.5, fy=2.5)
    wide = cv2.resize(truth.astype(np.uint8), large.shape[1::-1]) > 0
    assert overlap(find_outline(large), wide) > 0.96


@pytest.mark.parametrize("shape", [(1, 1), (40, 500), (64, 64)])
@pytest.mark.parametrize("value", [0, 128, 255])
def test_tiny_and_empty_captures_are_all_painting(
    shape: tuple[int, int], value: int
) -> None:
    assert find_outline(np.full((*shape, 3), value, np.uint8)).all()


def test_same_capture_gives_the_same_outline() -> None:
    picture, _ = capture(turn_degrees=1.0)
    np.testing.assert_array_equal(find_outline(picture), find_outline(picture))


def test_inset_moves_each_side_inwards() -> None:
    square = Quad(np.array([[0, 0], [10, 0], [10, 10], [0, 10]], float))
    moved = inset(square, [1, 2, 3, 4])
    assert isinstance(moved, Quad)
    np.testing.assert_allclose(moved.corners, [[4, 1], [8, 1], [8, 7], [4, 7]])
    round_one = inset(Ellipse((5, 5), (4, 3), 0), [1, 1, 1, 1])
    assert isinstance(round_one, Ellipse)
    assert round_one.half_axes == (3, 2)


def test_profile_share_tells_a_moulding_from_a_picture() -> None:
    moulding = np.repeat(np.linspace(0, 50, 20)[:, None, None], 90, axis=1)
    moulding = np.repeat(moulding, 3, axis=2).astype(np.float32)
    assert profile_share(moulding) > 0.99
    assert profile_share(np.ascontiguousarray(moulding.swapaxes(0, 1))) < 0.01
    assert profile_share(np.zeros((5, 9, 3), np.float32)) == 0
