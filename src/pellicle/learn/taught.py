# SPDX-License-Identifier: Apache-2.0
"""Which labels the condition networks are taught, and which say nothing.

Job: the label of what is not known, and labels as the networks know them.
Not here: the loss (`condition_loss.py`), where labels come from (`examples.py`,
`workflow/corrected_examples.py`).
"""

import numpy as np

from pellicle.learn.networks import CLASSES
from pellicle.model.arrays import Array
from pellicle.model.condition import DamageClass

NOT_TAUGHT = 255
"""Label of a pixel of which nobody has said what it is: nothing is learnt from it."""


def taught(labels: Array) -> Array:
    """Labels as the networks know them, `NOT_TAUGHT` among them.

    Parameters
    ----------
    labels
        uint8 `DamageClass` or `NOT_TAUGHT`. Other classes are nothing to be found: in
        aged paintings they are known to look like damage and be none. Corrected
        examples do not hold them; there they are `NOT_TAUGHT`.
    """
    known = (labels < CLASSES) | (labels == NOT_TAUGHT)
    return np.where(known, labels, DamageClass.UNMAPPED)
