# SPDX-License-Identifier: Apache-2.0
"""`--network` of `reconstruct`: another network, another reconstruction, on record."""

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from command_line import pellicle
from onnx import TensorProto, helper

from pellicle.model.artefact import ArtefactKind
from pellicle.model.reconstruction import EvidenceGrade, InfillMethod
from pellicle.treatment.folder import Treatment


@pytest.fixture
def painter(tmp_path: Path) -> Path:
    """A network that paints one red under the mask."""
    red = helper.make_tensor("red", TensorProto.FLOAT, [1, 3, 1, 1], [0.7, 0.1, 0.1])
    one = helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0])
    nodes = [
        helper.make_node("Sub", ["one", "mask"], ["open"]),
        helper.make_node("Mul", ["image", "open"], ["kept"]),
        helper.make_node("Mul", ["red", "mask"], ["new"]),
        helper.make_node("Add", ["kept", "new"], ["painted"]),
    ]
    given = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, bands, "h", "w"])
        for name, bands in (("image", 3), ("mask", 1))
    ]
    gives = helper.make_tensor_value_info(
        "painted", TensorProto.FLOAT, [1, 3, "h", "w"]
    )
    graph = helper.make_graph(nodes, "painter", given, [gives], [red, one])
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    path = tmp_path / "painter.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def reconstruction(treatment: Path):
    opened = Treatment.open(treatment)
    kind = ArtefactKind.RECONSTRUCTION
    return opened.manifest(kind, opened.current()[kind])


def test_what_a_network_paints_is_graded_and_on_record(
    own_treatment: Path, painter: Path
) -> None:
    before = reconstruction(own_treatment)
    done = pellicle("reconstruct", own_treatment, "--network", painter)
    assert done.returncode == 0, done.stderr
    made = reconstruction(own_treatment)
    assert made.run_id != before.run_id
    sha256 = hashlib.sha256(painter.read_bytes()).hexdigest()
    assert made.settings["painter"] == sha256
    assert made.settings["refiner"] == before.settings["refiner"]
    done = pellicle("record", own_treatment)
    assert done.returncode == 0, done.stderr
    evidence = cv2.imread(str(own_treatment / "exports/evidence.png"), -1)
    regions = json.loads((own_treatment / "exports/regions.geojson").read_bytes())
    about = [one["properties"] for one in regions["features"]]
    generated = [one for one in about if one["evidence"] == "generated"]
    assert generated
    assert InfillMethod.NETWORK in {one["method"] for one in generated}
    assert evidence is not None
    figures = json.loads((own_treatment / "exports/figures.json").read_bytes())
    assert figures["evidence_area_mm2"]["generated"] > 0
    assert sha256 in (own_treatment / "report/index.html").read_text()
    done = pellicle("reconstruct", own_treatment, "--network", "built-in")
    assert reconstruction(own_treatment).run_id == before.run_id


def test_without_a_network_nothing_is_generated(own_treatment: Path) -> None:
    done = pellicle("reconstruct", own_treatment, "--network", "none")
    assert done.returncode == 0, done.stderr
    assert reconstruction(own_treatment).settings["refiner"] is None
    treatment = Treatment.open(own_treatment)
    kind = ArtefactKind.RECONSTRUCTION
    value = treatment.value(kind, treatment.current()[kind])
    grades = np.array(value["pixels_by_grade"])[:, 1:].sum(axis=0)
    assert grades[EvidenceGrade.GENERATED] == 0


def test_a_network_with_another_signature_changes_nothing(
    own_treatment: Path, tmp_path: Path
) -> None:
    toml = (own_treatment / "treatment.toml").read_bytes()
    other = tmp_path / "other.onnx"
    other.write_bytes(b"not a network")
    done = pellicle("reconstruct", own_treatment, "--network", other)
    assert done.returncode == 65
    assert done.stderr.rstrip().endswith("[network-signature]")
    assert (own_treatment / "treatment.toml").read_bytes() == toml
    done = pellicle("reconstruct", own_treatment, "--network", tmp_path / "absent")
    assert done.returncode == 69
    assert (own_treatment / "treatment.toml").read_bytes() == toml
