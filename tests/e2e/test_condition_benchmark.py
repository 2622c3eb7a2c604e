# SPDX-License-Identifier: Apache-2.0
"""`pellicle bench condition`, whole, on two small made-up paintings."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from command_line import pellicle

from pellicle.learn.frozen import FrozenSet, crop_digest, fingerprint_of
from pellicle.model.condition import DamageClass
from pellicle.workflow.bench_condition import ConditionBenchRequest, bench_condition

METHODS = ("Pellicle", "classical stage", "ridge filter", "top-hat")
OF_ALL_CLASSES = METHODS[:2]
CLASSES = ("loss", "abrasion", "craquelure", "split")
CHARTS = {
    "classes.png",
    "contrast.png",
    "craquelure-by-contrast.png",
    "reliability.png",
    "sound.png",
}
SHEETS = {f"sheet-{name}.png" for name in ("best", "median", "worst", "sound")}
CROPS = (0, 3)
"""Both ends of the four crops of two paintings."""


def smooth(rng: np.random.Generator, shape: tuple[int, int], darkest: int) -> Any:
    """Soft colours with a grain."""
    small = rng.integers(darkest, 200, (6, 6, 3), np.uint8)
    soft = cv2.resize(small, shape[::-1], interpolation=cv2.INTER_CUBIC).astype(int)
    return (soft + rng.integers(-5, 6, soft.shape)).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two paintings of different shapes; crops of them are under 200 px wide."""
    folder = tmp_path_factory.mktemp("works")
    rng = np.random.default_rng(3)
    for name, shape in (("oak", (240, 260)), ("elm", (250, 220))):
        cv2.imwrite(str(folder / f"{name}.png"), smooth(rng, shape, 80))
    (folder / "notes.txt").write_text("not a picture")
    return folder


@pytest.fixture(scope="module")
def damage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pair of each kind of marks: a loss, a place to infill, a crack on grey."""
    folder = tmp_path_factory.mktemp("damage")
    (folder / "below").mkdir()
    rng = np.random.default_rng(5)
    shape = 120, 140
    for stem, marked, tone in (
        ("leaf", "mask", 25),
        ("below/wall", "inpaintmask", 250),
    ):
        page, spot = smooth(rng, shape, 150), np.zeros(shape, np.uint8)
        cv2.circle(spot, (70, 60), 20, 255, -1)
        page[spot > 0] = tone
        cv2.imwrite(str(folder / f"{stem}_image.png"), page)
        cv2.imwrite(str(folder / f"{stem}_{marked}.png"), spot)
    panel, crack = smooth(rng, shape, 150)[..., 0], np.zeros(shape, np.uint8)
    line = np.array([[5, 20], [60, 45], [135, 100]])
    cv2.polylines(crack, [line], isClosed=False, color=255)
    panel[cv2.dilate(crack, np.ones((2, 2), np.uint8)) > 0] = 40
    cv2.imwrite(str(folder / "panel_image.png"), panel)
    cv2.imwrite(str(folder / "panel_skeleton.png"), crack)
    return folder


@pytest.fixture(scope="module")
def ran(
    works: Path, damage: Path, tmp_path_factory: pytest.TempPathFactory
) -> SimpleNamespace:
    """All parts, by the command."""
    output = tmp_path_factory.mktemp("ran") / "new" / "condition"
    done = pellicle(
        "bench", "condition", "--works", works, "--damage", damage, "-o", output,
        "--crops", len(CROPS), "--chain", 1, "--workers", 1,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return SimpleNamespace(
        output=output,
        said=done.stdout,
        progress=done.stderr,
        figures=json.loads((output / "condition.json").read_text("utf-8")),
        page=(output / "condition.md").read_text("utf-8"),
    )


def rows(page: str, head: str) -> list[list[str]]:
    """Rows of the table of a page whose heading begins so."""
    lines = iter(page.splitlines())
    next(line for line in lines if line.startswith(f"| {head} |"))
    found: list[list[str]] = []
    for line in lines:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line[1:-1].split(" | ")])
    return found[1:]


def shown(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def without_times(value: Any) -> Any:
    """The same without what depends on how fast the machine is."""
    timed = {"seconds", "mpx_per_cpu_s_in_memory", "speed"}
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items() if k not in timed}
    if isinstance(value, list):
        return [without_times(part) for part in value]
    return value


def test_the_files_are_there_and_pictures_show_something(ran: SimpleNamespace) -> None:
    pictures = CHARTS | SHEETS | {"sheet-real.png"}
    files = {path.name for path in ran.output.iterdir()}
    assert files == pictures | {"condition.json", "condition.md"}
    for name in pictures:
        picture = cv2.imread(str(ran.output / name))
        assert picture is not None, name
        assert min(picture.shape[:2]) > 100
        # More than letters on white; sheets hold mostly paint.
        drawn = (picture < 250).any(axis=2).mean()
        assert drawn > (0.5 if name.startswith("sheet") else 0.005), name
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 20, name


def test_the_command_says_where_things_are_and_how_long_it_takes(
    ran: SimpleNamespace,
) -> None:
    said = " ".join(ran.said.split())
    assert f"All figures: {ran.output / 'condition.md'}" in said
    for name in CHARTS | SHEETS | {"sheet-real.png"}:
        assert f"Picture: {ran.output / name}" in said
    for pair in ran.figures["real"]["pairs"]:
        for method in pair["methods"]:
            assert f"{pair['name']} at {pair['assumed_ppi']:g} ppi, {method}: " in said
    chain = ran.figures["chain"]["all"]
    assert (
        f"whole chain on 1 crops: {shown(chain['sound_inked_percent'])} % of sound "
        f"paint inked, {shown(chain['loss_covered_percent'], 1)} % of loss covered"
    ) in said
    told = ran.progress.splitlines()
    # Two crops, two paintings, 1 + 1 + 3 scales, two speeds, a job.
    assert len(told) == 12, ran.progress
    assert told[-1].endswith(", 0:00 left")


def test_all_methods_are_measured_on_the_same_crops_and_paint(
    ran: SimpleNamespace, works: Path
) -> None:
    figures = ran.figures
    assert tuple(figures["methods"]) == METHODS
    crack_methods = [n for n, m in figures["methods"].items() if m["cracks_only"]]
    assert crack_methods == list(METHODS[2:])
    frozen = FrozenSet.of(works)
    crops = [frozen.crop(number) for number in CROPS]
    digests = [crop_digest(crop) for crop in crops]
    assert figures["frozen"]["fingerprint"] == fingerprint_of(digests)
    names = ["elm-1", "oak-2"]
    assert [crop.name for crop in crops] == names
    assert [crop["name"] for crop in figures["crops"]] == names
    for crop in figures["crops"]:
        assert tuple(crop["f1"]) == METHODS
        assert len({tuple(of) for of in crop["f1"].values()}) == 1
    pixels = sum(crop.truth.size for crop in crops)
    for method in figures["methods"].values():
        over = method["groups"]["all"]
        assert np.sum(over["confusion"]) == pixels
        for kind in (DamageClass.LOSS, DamageClass.CRAQUELURE):
            true_px = sum(int((crop.truth == kind).sum()) for crop in crops)
            assert over["classes"][kind.label]["true_px"] == true_px > 0
    for painting in figures["sound"]["paintings"]:
        assert tuple(painting["false_alarms"]) == METHODS
        height, width = cv2.imread(str(works / f"{painting['name']}.png")).shape[:2]
        for alarms in painting["false_alarms"].values():
            assert tuple(alarms) == CLASSES
            assert {of["sound_px"] for of in alarms.values()} == {height * width}
    for method in METHODS:
        said = figures["methods"][method]["groups"]["all"]["reliability_mapped"]
        confusion = figures["methods"][method]["groups"]["all"]["confusion"]
        mapped = int(np.sum(confusion, axis=0)[1:].sum())
        assert sum(row["count"] for row in said) == mapped
    assert figures["methods"]["Pellicle"]["groups"]["all"]["reliability_all"]


def headlines(figures: Any) -> Iterator[list[str]]:
    for name, at in (
        ("craquelure lines, F1 at 2 px", ("craquelure_line", "f1")),
        ("loss pixels, F1", ("classes", "loss", "f1")),
        ("abrasion pixels, F1", ("classes", "abrasion", "f1")),
        ("split regions, F1 at IoU 0.3", ("classes", "split", "region_f1")),
    ):
        values = []
        for method in figures["methods"].values():
            value = method["groups"]["all"]
            for key in at:
                value = value[key]
            known = name.startswith("craquelure") or not method["cracks_only"]
            values.append(shown(value if known else None))
        yield [name, *values]


def test_the_page_says_what_the_json_says_of_crops(ran: SimpleNamespace) -> None:
    figures = ran.figures
    first = [row[:-1] for row in rows(ran.page, "figure")]
    assert first == list(headlines(figures))
    assert figures["frozen"]["fingerprint"] in ran.page
    by_class = {tuple(row[:3]): row[3:] for row in rows(ran.page, "method | contrast")}
    for name, method in figures["methods"].items():
        for group, found in method["groups"].items():
            for kind in ("craquelure",) if method["cracks_only"] else CLASSES:
                row = by_class.pop((name, group, kind))
                of, line = found["classes"][kind], found["craquelure_line"]
                columns = ("precision", "recall", "f1", "f1_mean_of_crops")
                columns += ("region_f1", "region_f1_joined")
                assert row[:6] == [shown(of[column]) for column in columns]
                if kind == "craquelure":
                    lines = [shown(line[c]) for c in ("precision", "recall", "f1")]
                    assert row[6:] == lines
            if not method["cracks_only"]:
                error = (
                    f"calibration error: mapped {shown(found['expected_error_mapped'])}"
                    f", all pixels {shown(found['expected_error_all'])}"
                )
                del by_class[name, group, error]
    assert not by_class


def test_the_page_says_what_the_json_says_of_the_rest(ran: SimpleNamespace) -> None:
    sound, real = ran.figures["sound"], ran.figures["real"]
    worst = {tuple(row[:2]): row[2:] for row in rows(ran.page, "method | class")}
    assert len(worst) == len(METHODS) * len(CLASSES)
    for (method, kind), row in worst.items():
        of = sound["all"][method][kind]
        assert row[0] == shown(of["area_percent"])
        assert row[1] == f"{shown(of['worst_area_percent'])} ({of['worst']})"
        assert row[2] == shown(of["per_dm2"], 1)
    assert rows(ran.page, "painting | method") == [
        [painting["name"], method, *(shown(of[k]["area_percent"]) for k in CLASSES)]
        for painting in sound["paintings"]
        for method, of in painting["false_alarms"].items()
    ]
    pairs = [tuple(row[:4]) for row in rows(ran.page, "photograph | marks")]
    measured = [
        (pair["name"], pair["marks"], f"{pair['assumed_ppi']:g}", method)
        for pair in real["pairs"]
        for method in pair["methods"]
    ]
    assert pairs == [*measured, *(("mean", "loss", "", n) for n in real["means"])]
    for row, run in zip(
        rows(ran.page, "workers"), ran.figures["speed"]["runs"], strict=True
    ):
        assert row[:2] == [str(run["workers"]), shown(run["mpx_per_s"], 2)]
    crop, over = rows(ran.page, "crop | contrast")
    (figures,) = ran.figures["chain"]["crops"]
    inked = shown(figures["sound_inked_percent"])
    covered = shown(figures["loss_covered_percent"], 1)
    assert (crop[0], crop[2], crop[4]) == ("elm-1", inked, covered)
    assert (over[0], over[2], over[4]) == ("all", inked, covered)


def test_each_kind_of_real_damage_is_measured_as_its_marks_allow(
    ran: SimpleNamespace,
) -> None:
    pairs = ran.figures["real"]["pairs"]
    measured = [(one["name"], one["marks"], one["assumed_ppi"]) for one in pairs]
    assert measured == [
        ("wall", "to_infill", 300),
        ("leaf", "loss", 300),
        ("panel", "crack_lines", 300),
        ("panel", "crack_lines", 450),
        ("panel", "crack_lines", 600),
    ]
    wall, leaf, *panel = (one["methods"] for one in pairs)
    assert tuple(wall) == tuple(leaf) == OF_ALL_CLASSES
    assert set(wall["Pellicle"]) == {"recall", "mapped"}
    assert ran.figures["real"]["means"] == leaf
    for at in panel:
        assert tuple(at) == METHODS
        # A plain dark line on calm grey: nobody who looks for cracks can miss it.
        assert at["top-hat"]["craquelure"]["recall"] > 0.9
        assert at["Pellicle"]["cracks"]["recall"] > 0.5


def test_speed_and_chain_are_those_of_the_product(
    ran: SimpleNamespace, works: Path
) -> None:
    speed, chain = ran.figures["speed"], ran.figures["chain"]
    assert speed["scan"] == "oak"  # the largest
    assert speed["mpx"] == pytest.approx(240 * 260 / 1e6, abs=1e-4)
    assert [run["workers"] for run in speed["runs"]] == [1, 2]
    for run in speed["runs"]:
        total = run["seconds"]["total"]
        assert 0 < run["seconds"]["condition"] <= total
        assert run["mpx_per_s"] == pytest.approx(0.0624 / total, rel=0.01, abs=1e-4)
    truth = FrozenSet.of(works).crop(0).truth
    (crop,) = chain["crops"]
    assert crop["loss_px"] == int((truth == DamageClass.LOSS).sum())
    assert crop["sound_px"] == int((truth == 0).sum())
    assert 0 < crop["inked_px"] < truth.size
    assert crop["sound_inked_px"] + crop["loss_covered_px"] <= crop["inked_px"]
    share = 100 * crop["sound_inked_px"] / crop["sound_px"]
    assert crop["sound_inked_percent"] == pytest.approx(share, abs=1e-4)
    assert chain["all"]["crops"] == 1
    assert chain["all"]["loss_covered_percent"] == crop["loss_covered_percent"]


def test_a_second_run_has_the_same_figures_and_no_part_for_what_is_missing(
    ran: SimpleNamespace, works: Path, tmp_path: Path
) -> None:
    request = ConditionBenchRequest(
        works=works,
        output=tmp_path / "again",
        damage=tmp_path / "nowhere",
        crops=len(CROPS),
        chain=1,
        speed=False,
        workers=1,
    )
    done = bench_condition(request)
    before = without_times(ran.figures)
    assert before.pop("real")
    assert without_times(json.loads(done.json.read_text("utf-8"))) == before
    assert {path.name for path in done.pictures} == CHARTS | SHEETS
    assert "## Real damage" in ran.page
    page = done.markdown.read_text("utf-8")
    assert "## Real damage" not in page
    assert "## Speed" not in page
    for name in ("sheet-worst.png", "sheet-sound.png"):
        again = (request.output / name).read_bytes()
        assert again == (ran.output / name).read_bytes()


def test_a_works_folder_without_pictures_is_one_clear_error(tmp_path: Path) -> None:
    empty, output = tmp_path / "empty", tmp_path / "out"
    empty.mkdir()
    (empty / "notes.txt").write_text("not a picture")
    done = pellicle("bench", "condition", "--works", empty, "-o", output)
    assert done.returncode == 69
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {empty} holds 0 pictures")
    assert line.endswith("[works-missing]")
    assert not output.exists()
