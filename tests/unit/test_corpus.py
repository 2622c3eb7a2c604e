# SPDX-License-Identifier: Apache-2.0
"""A corpus: what can be read, whole paintings on either side of a split."""

import json

import cv2
import numpy as np
import pytest

from pellicle.errors import EmptyCorpusError
from pellicle.io.picture_end import is_cut_short
from pellicle.learn.corpus import read_corpus, shared_paintings


def picture(seed, shape=(400, 300)):
    rng = np.random.default_rng(seed)
    fields = rng.integers(0, 255, (8, 6, 3)).astype(np.uint8)
    return cv2.resize(fields, shape[::-1], interpolation=cv2.INTER_CUBIC)


@pytest.fixture
def folder(tmp_path):
    for seed in range(6):
        cv2.imwrite(str(tmp_path / f"work{seed}.png"), picture(seed))
    return tmp_path


def test_broken_pictures_are_listed_and_not_fatal(folder) -> None:
    (folder / "broken.jpg").write_bytes(b"no picture")
    cv2.imwrite(str(folder / "small.png"), picture(9, (90, 80)))
    corpus = read_corpus([folder])
    assert len(corpus.pictures) == 6
    assert {(path.name, reason) for path, reason in corpus.broken} == {
        ("broken.jpg", "cannot be read"),
        ("small.png", "under 256 px"),
    }


def test_pictures_that_are_cut_short_are_left_out_and_trailers_do_no_harm(
    folder,
) -> None:
    for suffix, options in ((".jpg", []), (".png", []), (".jpg", [2, 1])):
        whole = cv2.imencode(suffix, picture(7), options)[1].tobytes()
        name = f"cut{len(options)}{suffix}"
        (folder / name).write_bytes(whole[: len(whole) * 2 // 3])
        assert is_cut_short(whole[:-2] if suffix == ".jpg" else whole[:-9])
        assert not is_cut_short(whole + b"\xff\xd8 a camera's own")
        # A thumbnail inside, with an end of its own, is not the picture's end.
        if suffix == ".jpg":
            inside = b"\xff\xe1\x00\x0a\xff\xd8\xff\xd9\x00\x00\x00\x00"
            assert is_cut_short(whole[:2] + inside + whole[2:-2])
            assert not is_cut_short(whole[:2] + inside + whole[2:])
    corpus = read_corpus([folder])
    left_out = {path.name for path, _ in corpus.broken}
    assert left_out == {"cut0.jpg", "cut0.png", "cut2.jpg"}
    assert len(corpus.pictures) == 6


def test_a_corpus_has_the_same_hash_wherever_it_lies(folder) -> None:
    before = read_corpus([folder]).sha256
    (folder / "work0.png").rename(folder / "z.png")
    assert read_corpus([folder]).sha256 == before
    (folder / "z.png").unlink()
    assert read_corpus([folder]).sha256 != before


def test_a_corpus_without_pictures_is_refused(tmp_path) -> None:
    with pytest.raises(EmptyCorpusError):
        read_corpus([tmp_path, tmp_path / "absent"])


def test_versions_of_a_painting_are_one_group_on_one_side(folder) -> None:
    again = cv2.resize(picture(2), (640, 860), interpolation=cv2.INTER_LINEAR)
    cv2.imwrite(str(folder / "copy.jpg"), np.clip(again * 1.1, 0, 255))
    corpus = read_corpus([folder])
    groups = {p.path.name: p.group for p in corpus.pictures}
    assert groups["copy.jpg"] == groups["work2.png"]
    assert len(set(groups.values())) == 6
    for held_out in (0.2, 0.5, 0.8):
        one, other = corpus.split(held_out)
        assert not {p.group for p in one} & {p.group for p in other}
        assert len(one) + len(other) == 7


def test_paintings_shared_by_two_sets_are_found(folder, tmp_path) -> None:
    others = tmp_path / "others"
    others.mkdir()
    cv2.imwrite(str(others / "known.png"), cv2.resize(picture(4), (450, 600)))
    cv2.imwrite(str(others / "new.png"), picture(44))
    ours = [p.path for p in read_corpus([folder]).pictures if p.path.parent == folder]
    found = shared_paintings(ours, sorted(others.iterdir()))
    assert [path.name for path in found] == ["known.png"]


def test_pictures_of_a_downloaded_manifest_are_found_beside_it(tmp_path) -> None:
    cv2.imwrite(str(tmp_path / "page-1.png"), picture(1))
    image = {"type": "Image", "id": "https://example.org/iiif/page-1/full/max/0/d.jpg"}
    absent = {"type": "Image", "id": "https://example.org/iiif/page-2/full/max/0/d.jpg"}
    body = [{"type": "Annotation", "body": one} for one in (image, absent)]
    manifest = {"type": "Manifest", "items": [{"type": "Canvas", "items": body}]}
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest))
    corpus = read_corpus([path])
    assert [p.path.name for p in corpus.pictures] == ["page-1.png"]
    assert "page-2" in corpus.broken[0][1]
