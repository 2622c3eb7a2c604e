# SPDX-License-Identifier: Apache-2.0
import hashlib
from pathlib import Path

from pellicle.engine.identity import run_id
from pellicle.io.hashing import file_sha256, hash_of, tree_sha256


def filled(folder: Path) -> Path:
    (folder / "b").mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"one")
    (folder / "b" / "c.txt").write_bytes(b"two")
    return folder


def test_order_of_names_does_not_change_the_hash_of_a_value() -> None:
    assert hash_of({"a": 1, "b": [2, 3]}) == hash_of({"b": [2, 3], "a": 1})
    assert hash_of([2, 3]) != hash_of([3, 2])
    assert hash_of({"title": "Madonna à l'œillet"}) != hash_of({"title": "Madonna"})


def test_hash_of_a_file_is_its_plain_sha256(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"pellicle" * 100_000)
    assert file_sha256(path) == hashlib.sha256(b"pellicle" * 100_000).hexdigest()


def test_same_files_in_another_folder_have_the_same_hash(tmp_path: Path) -> None:
    one, other = filled(tmp_path / "one"), filled(tmp_path / "other")
    assert tree_sha256(one) == tree_sha256(other)


def test_content_name_and_place_of_a_file_all_count(tmp_path: Path) -> None:
    folder = filled(tmp_path / "a")
    seen = {tree_sha256(folder)}
    (folder / "a.txt").write_bytes(b"One")
    seen.add(tree_sha256(folder))
    (folder / "a.txt").rename(folder / "d.txt")
    seen.add(tree_sha256(folder))
    (folder / "d.txt").rename(folder / "b" / "d.txt")
    seen.add(tree_sha256(folder))
    assert len(seen) == 4


def test_what_is_left_out_does_not_count(tmp_path: Path) -> None:
    folder = filled(tmp_path / "a")
    before = tree_sha256(folder)
    (folder / "manifest.json").write_bytes(b"{}")
    assert tree_sha256(folder) != before
    assert tree_sha256(folder, leave_out=frozenset({"manifest.json"})) == before


def test_views_that_a_desktop_leaves_in_a_folder_do_not_count(tmp_path: Path) -> None:
    folder = filled(tmp_path / "a")
    before = tree_sha256(folder)
    (folder / "b" / ".DS_Store").write_bytes(b"icons")
    (folder / "Thumbs.db").write_bytes(b"icons")
    assert tree_sha256(folder) == before


def test_name_of_a_run_follows_from_everything_that_decides_its_pixels() -> None:
    name = run_id("mask", 1, {"choke_um": 50.0}, {"scan": "a"})
    assert len(name) == 16
    others = {
        run_id("proof", 1, {"choke_um": 50.0}, {"scan": "a"}),
        run_id("mask", 2, {"choke_um": 50.0}, {"scan": "a"}),
        run_id("mask", 1, {"choke_um": 60.0}, {"scan": "a"}),
        run_id("mask", 1, {"choke_um": 50.0}, {"scan": "b"}),
    }
    assert name not in others
    assert len(others) == 4
    assert name == run_id("mask", 1, {"choke_um": 50.0}, {"scan": "a"})
