# SPDX-License-Identifier: Apache-2.0
"""How the condition map does on damage that another generator drew.

Usage: python benchmarks/condition_other_damage.py FOLDER [NETWORKS]
Prints a table: F1 by class on one detail of each painting of the folder, damaged as the
bundled painting is (`sample_ageing.py`), which shares nothing with the damage that the
networks learn from; beside what the map is compared with, in one run.

Only what an eye could see is damage here: a change of at least 4 in 255.
"""

import sys
from pathlib import Path

import numpy as np
from sample_ageing import HEIGHT_PX, WIDTH_PX, age

from pellicle.io.weights_file import load_condition_weights
from pellicle.learn.condition_scores import FOUND, ConditionScore
from pellicle.learn.frozen import paintings_in, read_painting
from pellicle.learn.sound import sound_paint
from pellicle.learn.surveys import (
    ClassicalSurvey,
    NetworkSurvey,
    RidgeSurvey,
    ScanInMemory,
    Survey,
    SurveyMethod,
    TopHatSurvey,
)
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize
from pellicle.stages.condition.mapping import MapCondition

PIXEL_SIZE = PixelSize.from_ppi(300)


def middle_of(shape: tuple[int, ...]) -> Window:
    """As large as the bundled painting, in the middle of a photograph."""
    top, left = (shape[0] - HEIGHT_PX) // 2, (shape[1] - WIDTH_PX) // 2
    return Window(top, left, top + HEIGHT_PX, left + WIDTH_PX)


def main(folder: Path, network: str | None) -> None:
    """Damage, map, count, print."""
    weights = load_condition_weights(network)
    methods: tuple[SurveyMethod, ...] = (
        NetworkSurvey(weights, MapCondition(thresholds=weights.thresholds)),
        ClassicalSurvey(),
        RidgeSurvey(),
        TopHatSurvey(),
    )
    scores = {method.name: ConditionScore() for method in methods}
    for seed, path in enumerate(paintings_in(folder)):
        picture = read_painting(path)
        if picture.shape[0] < HEIGHT_PX or picture.shape[1] < WIDTH_PX:
            print(f"{path.name} is too small and left out")
            continue
        window = middle_of(picture.shape)
        sample = age(np.ascontiguousarray(picture[window.slices]), seed)
        sound = sound_paint(path.stem, picture.shape[:2]).part(window)
        scan = ScanInMemory.srgb(sample.scan, PIXEL_SIZE)
        for method in methods:
            found = method.survey(scan)
            labels = sound.without_real(found.labels, sample.labels)
            kept = Survey(labels, found.confidence, found.evidence)
            shown = scores[method.name].add(sample.labels, kept, PIXEL_SIZE)
            if method is methods[0]:
                print(path.stem, shown, flush=True)
    classes = [kind.label for kind in FOUND]
    heads = ["method", "craquelure lines", *classes, "split regions"]
    print(f"| {' | '.join(heads)} |\n|{' --- |' * len(heads)}")
    for name, score in scores.items():
        found_of = score.as_json()
        line, by_class = found_of["craquelure_line"], found_of["classes"]
        cells = [
            f"{one['f1']:.3f} ({one['precision']:.2f}, {one['recall']:.2f})"
            for one in (line, *(by_class[kind] for kind in classes))
        ]
        cells.append(f"{by_class['split']['region_f1']:.3f}")
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if sys.argv[2:] else None)
