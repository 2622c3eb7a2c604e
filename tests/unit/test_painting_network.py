# SPDX-License-Identifier: Apache-2.0
"""Networks of others: which are taken, and what becomes of their answers."""

import hashlib

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from pellicle.errors import NetworkMissingError, NetworkSignatureError
from pellicle.io.icc import scan_encoding
from pellicle.model.network_file import NetworkFile
from pellicle.model.raster import Window
from pellicle.model.reconstruction import EvidenceGrade
from pellicle.model.units import PixelSize
from pellicle.stages.contract import RegionWindow
from pellicle.stages.reconstruct.infill import ASK_NETWORK, ASK_PATCHES, PaintingInfill
from pellicle.stages.reconstruct.network import painting_network
from pellicle.workflow.infill_networks import infill_networks

FLOAT = TensorProto.FLOAT
FREE = ("height", "width")


def filling(size=FREE, top=1.0, colour=(0.8, 0.3, 0.1)):
    """ONNX that paints one colour under the mask and keeps the rest."""
    named = {"one": [1.0], "top": [top]}
    constants = [
        helper.make_tensor(name, FLOAT, [1], value) for name, value in named.items()
    ]
    constants.append(helper.make_tensor("colour", FLOAT, [1, 3, 1, 1], colour))
    nodes = [
        helper.make_node("Sub", ["one", "mask"], ["open"]),
        helper.make_node("Mul", ["image", "open"], ["kept"]),
        helper.make_node("Mul", ["colour", "mask"], ["new"]),
        helper.make_node("Add", ["kept", "new"], ["both"]),
        helper.make_node("Mul", ["both", "top"], ["output"]),
    ]
    return as_onnx(nodes, constants, [("image", 3), ("mask", 1)], size)


def as_onnx(nodes, constants, inputs, size=FREE, kind=FLOAT):
    graph = helper.make_graph(
        nodes,
        "painter",
        [
            helper.make_tensor_value_info(name, kind, [1, bands, *size])
            for name, bands in inputs
        ],
        [helper.make_tensor_value_info("output", kind, [1, None, *size])],
        constants,
    )
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def taken(folder, content):
    path = folder / "painter.onnx"
    path.write_bytes(content)
    file = NetworkFile(hashlib.sha256(content).hexdigest(), path.name, content)
    return painting_network(file, str(path))


def window_of(samples, target, method=0):
    height, width = target.shape
    return RegionWindow(
        window=Window(0, 0, height, width),
        samples=samples,
        target=target,
        known=~target,
        pixel_size=PixelSize.from_ppi(600),
        method=np.full(target.shape, method, np.uint8),
    )


def plain(shape=(200, 220), bands=3, dtype=np.uint16, value=0.45):
    rng = np.random.default_rng(1)
    fractions = value + rng.normal(0, 0.01, (*shape, bands))
    return np.rint(fractions * np.iinfo(dtype).max).astype(dtype)


def disc(diameter, shape=(200, 220)):
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return np.hypot(rows - 100, columns - 100) <= diameter / 2


@pytest.mark.parametrize("size", [FREE, (64, 64), (512, 512)])
@pytest.mark.parametrize("top", [1.0, 255.0])
def test_size_and_range_are_found_out(tmp_path, size, top) -> None:
    network = taken(tmp_path, filling(size, top))
    assert network.side_px == (None if size == FREE else size)
    assert network.top == top
    assert (network.picture, network.mask) == ("image", "mask")


@pytest.mark.parametrize("size", [FREE, (64, 64), (512, 512)])
@pytest.mark.parametrize("top", [1.0, 255.0])
def test_wide_places_are_painted_and_joined(tmp_path, size, top) -> None:
    samples, target = plain(), disc(60)
    stage = PaintingInfill(painter=taken(tmp_path, filling(size, top)))
    made = stage.run_region(window_of(samples, target))
    assert (made.evidence[target] == EvidenceGrade.GENERATED).all()
    np.testing.assert_array_equal(made.samples[~target], samples[~target])
    # One flat colour, brought to meet the paint: the paint's own colour comes out.
    inside = made.samples[target] / 65535
    assert np.abs(inside - 0.45).max() < 0.05


def test_texture_that_is_painted_stays(tmp_path) -> None:
    """The answer's gradients are kept: a step inside the place is still there."""
    step = np.zeros((1, 3, 256, 256), np.float32)
    step[..., 128:] = 0.2
    constants = [
        helper.make_tensor("step", FLOAT, step.shape, step.ravel()),
        helper.make_tensor("nought", FLOAT, [1], [0.0]),
    ]
    nodes = [
        helper.make_node("Mul", ["image", "nought"], ["dark"]),
        helper.make_node("Mul", ["mask", "nought"], ["also"]),
        helper.make_node("Add", ["dark", "step"], ["stepped"]),
        helper.make_node("Add", ["stepped", "also"], ["output"]),
    ]
    content = as_onnx(nodes, constants, [("image", 3), ("mask", 1)], (256, 256))
    samples, target = plain((256, 256)), disc(80, (256, 256))
    stage = PaintingInfill(painter=taken(tmp_path, content))
    made = stage.run_region(window_of(samples, target)).samples / 65535
    across = made[100, 65:135].mean(axis=1)
    assert np.diff(across).max() > 0.15


@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_depth_and_band_count_is_painted(tmp_path, bands, dtype) -> None:
    samples, target = plain(bands=bands, dtype=dtype), disc(50)
    stage = PaintingInfill(
        painter=taken(tmp_path, filling()), scan=scan_encoding(None, bands)
    )
    made = stage.run_region(window_of(samples, target))
    assert made.samples.dtype == dtype
    np.testing.assert_array_equal(made.filled, target)
    np.testing.assert_array_equal(made.samples[~target], samples[~target])


def test_narrow_places_are_not_painted_unless_asked_for(tmp_path) -> None:
    samples, target = plain(), disc(10)
    stage = PaintingInfill(painter=taken(tmp_path, filling()))
    own_choice = stage.run_region(window_of(samples, target))
    assert (own_choice.evidence[target] == EvidenceGrade.INTERPOLATED).all()
    asked = stage.run_region(window_of(samples, target, ASK_NETWORK))
    assert (asked.evidence[target] == EvidenceGrade.GENERATED).all()


def test_patches_that_a_person_asks_for_are_not_painted(tmp_path) -> None:
    region = window_of(plain(), disc(50), ASK_PATCHES)
    made = PaintingInfill(painter=taken(tmp_path, filling())).run_region(region)
    without = PaintingInfill().run_region(region)
    np.testing.assert_array_equal(made.samples, without.samples)
    np.testing.assert_array_equal(made.evidence, without.evidence)


def test_a_network_with_one_joint_input_is_refused(tmp_path) -> None:
    nodes = [helper.make_node("Identity", ["joint"], ["output"])]
    content = as_onnx(nodes, [], [("joint", 4)], (64, 64))
    with pytest.raises(NetworkSignatureError, match="joint 1×4×64×64"):
        taken(tmp_path, content)


def test_a_network_of_other_numbers_is_refused(tmp_path) -> None:
    nodes = [helper.make_node("Add", ["image", "mask"], ["output"])]
    inputs = [("image", 3), ("mask", 1)]
    content = as_onnx(nodes, [], inputs, (64, 64), TensorProto.DOUBLE)
    with pytest.raises(NetworkSignatureError, match="image 1×3×64×64"):
        taken(tmp_path, content)


def test_a_network_that_gives_another_shape_is_refused(tmp_path) -> None:
    nodes = [helper.make_node("Concat", ["image", "mask"], ["output"], axis=1)]
    content = as_onnx(nodes, [], [("image", 3), ("mask", 1)], (64, 64))
    with pytest.raises(NetworkSignatureError, match="its answer is 1×4×64×64"):
        taken(tmp_path, content)


def test_a_network_that_gives_no_numbers_is_refused(tmp_path) -> None:
    constants = [helper.make_tensor("nothing", FLOAT, [1], [float("nan")])]
    nodes = [
        helper.make_node("Add", ["image", "mask"], ["sum"]),
        helper.make_node("Mul", ["sum", "nothing"], ["output"]),
    ]
    content = as_onnx(nodes, constants, [("image", 3), ("mask", 1)])
    with pytest.raises(NetworkSignatureError, match="no number"):
        taken(tmp_path, content)


def test_what_is_no_network_is_refused(tmp_path) -> None:
    with pytest.raises(NetworkSignatureError, match="no ONNX network"):
        taken(tmp_path, b"a painting")


def test_the_hash_of_a_network_is_part_of_what_names_a_run(tmp_path) -> None:
    content = filling()
    stage = PaintingInfill(painter=taken(tmp_path, content))
    assert stage.settings()["painter"] == hashlib.sha256(content).hexdigest()


def test_a_setting_names_networks(tmp_path) -> None:
    built_in = infill_networks(None)
    assert built_in.refiner is not None
    assert built_in.painter is None
    assert infill_networks("built-in") == built_in
    assert infill_networks("none").refiner is None
    path = tmp_path / "painter.onnx"
    path.write_bytes(filling())
    given = infill_networks(str(path))
    assert given.refiner == built_in.refiner
    assert given.painter is not None
    assert given.painter.path == str(path)


@pytest.mark.parametrize("name", ["absent.onnx", "."])
def test_a_setting_that_names_nothing_is_refused(tmp_path, name) -> None:
    with pytest.raises(NetworkMissingError):
        infill_networks(str(tmp_path / name))


def test_a_network_that_was_removed_is_named(tmp_path) -> None:
    network = taken(tmp_path, filling(colour=(0.1, 0.2, 0.9)))
    (tmp_path / "painter.onnx").unlink()
    with pytest.raises(NetworkMissingError, match=r"painter\.onnx"):
        PaintingInfill(painter=network).run_region(window_of(plain(), disc(60)))
