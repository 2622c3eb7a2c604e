# SPDX-License-Identifier: Apache-2.0
"""Model card: what the infill network was trained on, how it does, what it cannot."""

from collections.abc import Mapping
from typing import Any

_TEXT = """\
# Infill network

A small convolutional network that corrects what diffusion gives in cracks and small
losses. Made by `pellicle train infill`.

- **Learnt from:** {learnt_from} photographs of paintings, with cracks and losses of
  4 to 60 pixels in the shapes of `pellicle age`; {steps} steps, seed {seed}.
- **Held out:** {held_out} photographs, about one painting in twelve, by perceptual
  hash; the figures below come from these.
- **Input:** the picture's encoded samples with the damage filled by diffusion, what is
  intact, and what is to be filled. **Output:** a correction, added to the diffused
  samples inside what is to be filled and nowhere else.

| damage | ΔE00, diffusion alone | corrected |
| --- | --- | --- |
{rows}

**Limits.** It learns the mean of what might have been there, not its texture: what it
fills is smoother than paint. It trusts paint said to be intact: damage that was not
mapped is carried into the infill. It has seen photographs of paintings alone, most of
them European, on panel or canvas, from the 14th to the 20th century. Where it fills
farther than 1 mm from intact paint the record says `generated`.

Licence of the weights: Apache-2.0.
"""


def infill_card(description: Mapping[str, Any]) -> str:
    """Markdown that goes with an infill network.

    Parameters
    ----------
    description
        What is written beside the network; see `train_infill`.
    """
    figures = description["held_out_de00"]
    kinds = sorted({name.rsplit(" ", 1)[0] for name in figures})
    rows = "\n".join(
        f"| {kind} | {figures[f'{kind} diffusion']:.3f} "
        f"| {figures[f'{kind} network']:.3f} |"
        for kind in kinds
    )
    return _TEXT.format(
        learnt_from=description["pictures"],
        held_out=description["pictures_held_out"],
        steps=description["trained_steps"],
        seed=description["settings"]["seed"],
        rows=rows,
    )
