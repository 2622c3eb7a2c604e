# SPDX-License-Identifier: Apache-2.0
"""Model card: what networks were trained on, how they do, what they cannot."""

from collections.abc import Mapping
from typing import Any

from pellicle.learn.corpus import Corpus

_TEXT = """\
# Condition networks

Two small convolutional networks that label each pixel of a painting's scan: no damage,
loss, abrasion, craquelure, split. Made by `pellicle train condition`.

- **Learnt from:** {pictures} photographs of paintings, damaged synthetically by
  `pellicle age`; {steps} steps, seed {seed}. No annotated real damage was used.
- **Held out:** one painting in twelve, by perceptual hash; calibration and the figures
  below come from these.
- **Input:** L*a*b* at about 85 µm a pixel (300 to the inch).
- **Output:** probability of each class, calibrated (temperature {temperature}).

| class | F1 on paintings held out, synthetic damage |
| --- | --- |
{rows}

**Limits.** All damage in training is synthetic: on real damage figures are lower, and
nobody has measured by how much on your paintings. What is no wider than 85 µm is seen
only by its contrast. Paintings with drawn lines, hatching or flat patches give false
alarms. The map is a draft for a conservator, never a finding.

Licence of the weights: Apache-2.0.
"""


def model_card(description: Mapping[str, Any], corpus: Corpus) -> str:
    """Markdown that goes with a pair of networks."""
    rows = "\n".join(
        f"| {name} | {value:.3f} |"
        for name, value in description["held_out_f1"].items()
    )
    return _TEXT.format(
        pictures=len(corpus.pictures),
        steps=description["trained_steps"],
        seed=description["settings"]["seed"],
        temperature=description["temperature"],
        rows=rows,
    )
