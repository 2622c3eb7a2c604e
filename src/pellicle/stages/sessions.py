# SPDX-License-Identifier: Apache-2.0
"""Opening networks to run them, the same way for every step."""

from functools import lru_cache
from typing import Any

import onnxruntime

from pellicle.model.network_file import NetworkFile


@lru_cache(maxsize=1)
def session_of(network: NetworkFile) -> Any:
    """Runs a network; kept until another is asked for.

    A step runs one network over all its tiles before the next; each that were kept
    would hold on to half a gigabyte in every worker.
    """
    return session_from(network.content)


def session_from(model: bytes | str) -> Any:
    """Runs an ONNX network, its content or its path, on one thread.

    So workers share the cores, and sums come in one order.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        model, options, providers=["CPUExecutionProvider"]
    )
