# SPDX-License-Identifier: Apache-2.0
"""Model card: what networks were trained on, how they do, what they cannot."""

from collections.abc import Mapping
from typing import Any

_TEXT = """\
# Condition networks

Two small convolutional networks that label each pixel of a painting's scan: no damage,
loss, abrasion, craquelure, split. Made by `pellicle train condition`.

- **Learnt from:** {pictures} photographs of paintings, damaged synthetically by
  `pellicle age`; {steps} steps, seed {seed}. {real}
- **Collection:** SHA-256 over the pictures' contents {digest}.
{begun}- **Held out:** one painting in twelve, by perceptual hash; calibration and the
  figures below come from these.
- **Input:** L*a*b* at about 85 µm a pixel (300 to the inch).
- **Output:** probability of each class, calibrated (temperature {temperature}).
- **Computed** in whole numbers of eight bits, but for the first layer and the last. The
  figures below are of the weights as they were learnt.

| class | F1 on paintings held out, synthetic damage |
| --- | --- |
{rows}

**Limits.** {synthetic}: on real damage figures are lower, and
nobody has measured by how much on your paintings. What is no wider than 85 µm is seen
only by its contrast. Paintings with drawn lines, hatching or flat patches give false
alarms. The map is a draft for a conservator, never a finding.

Licence of the weights: Apache-2.0.
"""


_ANEW = "No annotated real damage was used."
_GONE_ON = "What real damage was used before, the card of the networks begun from says."
_CORRECTED = """\
Half of
  each step were places that persons corrected or approved, of {treatments}:
  {regions}. What they said nothing of, and classes that the networks do not know, was
  not taught. None of it was held out."""
_BEGUN = """\
- **Begun from:** {name}, weights with SHA-256 {sha256}.
"""


def model_card(description: Mapping[str, Any]) -> str:
    """Markdown that goes with a pair of networks.

    Parameters
    ----------
    description
        What is written beside them; see `condition_training.finish`.
    """
    begun = description.get("begun_from")
    corrected = description.get("corrected_regions")
    real = _GONE_ON if begun else _ANEW
    if corrected:
        counts = ", ".join(f"{count} {name}" for name, count in corrected.items())
        names = ", ".join(description["treatments"])
        real = f"{_CORRECTED.format(treatments=names, regions=counts)} {_GONE_ON}"
    synthetic = "All damage in training" if not begun else "Damage in these figures"
    rows = "\n".join(
        f"| {name} | {value:.3f} |"
        for name, value in description["held_out_f1"].items()
    )
    return _TEXT.format(
        pictures=description["pictures"],
        digest=description["pictures_sha256"],
        real=real,
        begun=_BEGUN.format(**begun) if begun else "",
        synthetic=f"{synthetic} is synthetic",
        steps=description["trained_steps"],
        seed=description["settings"]["seed"],
        temperature=description["temperature"],
        rows=rows,
    )
