# SPDX-License-Identifier: Apache-2.0
import errno
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pellicle.errors import (
    DiskFullError,
    NotATreatmentError,
    TreatmentDamagedError,
    UnreadableFileError,
    UnwritableError,
)
from pellicle.io.hashing import file_sha256
from pellicle.io.writing import partial_name
from pellicle.model.artefact import ArtefactKind
from pellicle.model.record import RunManifest, Source
from pellicle.treatment import received
from pellicle.treatment.folder import Treatment, content_hash, write_value

RUN = "0123456789abcdef"
MASK = ArtefactKind.MASK


@pytest.fixture
def treatment(tmp_path: Path) -> Treatment:
    treatment = Treatment.create(tmp_path / "madonna.pellicle")
    treatment.describe({"title": "Madonna"})
    return treatment


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A file received long ago: its time stamp can be trusted."""
    return dated(tmp_path / "Scan.TIF", b"samples", 1_600_000_000)


def dated(path: Path, content: bytes, seconds: int) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (seconds, seconds))
    return path


def put_to_use(treatment: Treatment, role: str, path: Path) -> Source:
    source = treatment.receive(role, path)
    treatment.describe({f"settings.inputs.{role}": source.file})
    return source


def manifest(run_id: str = RUN) -> RunManifest:
    return RunManifest(
        kind=MASK,
        run_id=run_id,
        stage="mask",
        version=1,
        settings={},
        inputs={},
        provider="cpu",
        software={},
        made=datetime(2024, 1, 1, tzinfo=UTC),
        seconds=1.0,
        content_sha256="",
    )


def finished(treatment: Treatment, run_id: str = RUN) -> None:
    partial = treatment.partial_folder(MASK, run_id)
    partial.mkdir(parents=True)
    write_value(partial, {"regions": 3})
    treatment.finish_run(manifest(run_id))


def failing(number: int):
    def fail(*_args: object, **_named: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


# --- the folder -------------------------------------------------------------------


def test_new_folder_is_a_treatment_once_it_is_described(tmp_path: Path) -> None:
    path = tmp_path / "a" / "madonna.pellicle"
    treatment = Treatment.create(path)
    assert not treatment.begun
    with pytest.raises(NotATreatmentError):
        Treatment.open(path)
    treatment.describe({"title": "Madonna"})
    assert Treatment.open(path).begun
    assert Treatment.create(path).description().title == "Madonna"


def test_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"a picture")
    with pytest.raises(NotATreatmentError) as caught:
        Treatment.create(tmp_path)
    assert caught.value.exit_status == 69
    assert [entry.name for entry in tmp_path.iterdir()] == ["holiday.jpg"]


@pytest.mark.parametrize("name", [partial_name("treatment.toml"), ".lock", ".DS_Store"])
def test_folder_whose_beginning_crashed_can_be_begun_again(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / "madonna.pellicle"
    Treatment.create(path)
    (path / name).write_bytes(b"")
    treatment = Treatment.create(path)
    treatment.describe({"title": "Madonna"})
    assert treatment.begun


def test_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.pellicle").write_bytes(b"")
    with pytest.raises(UnwritableError, match=r"a\.pellicle"):
        Treatment.create(tmp_path / "a.pellicle")


# --- sources ----------------------------------------------------------------------


def test_file_received_is_kept_read_only_with_its_hash(
    treatment: Treatment, given: Path
) -> None:
    source = put_to_use(treatment, "scan", given)
    kept = treatment.source_path(source)
    assert kept.read_bytes() == b"samples"
    assert not kept.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
    assert source.sha256 == file_sha256(given)
    assert source.file == f"scan-{source.sha256[:12]}.tif"
    assert source.size_bytes == 7
    assert source.dated == datetime.fromtimestamp(1_600_000_000, UTC)
    assert treatment.source("scan") == source
    assert treatment.source("damage") is None
    assert treatment.sources_received() == (source,)


def test_file_that_did_not_change_is_neither_read_nor_kept_again(
    treatment: Treatment, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = put_to_use(treatment, "scan", given)
    monkeypatch.setattr(received, "_pieces", failing(errno.EIO))
    assert treatment.receive("scan", given) == source
    assert len(list(treatment.sources.iterdir())) == 2


def test_same_content_under_another_name_is_not_kept_twice(
    treatment: Treatment, given: Path
) -> None:
    source = put_to_use(treatment, "scan", given)
    other = dated(given.with_name("copy.tiff"), b"samples", 1_700_000_000)
    assert treatment.receive("scan", other) == source
    assert len(list(treatment.sources.iterdir())) == 2


def test_other_file_of_equal_size_and_time_is_another_source(
    treatment: Treatment, tmp_path: Path
) -> None:
    """Masks saved by one script, or unpacked from one archive."""
    one = dated(tmp_path / "one.tif", b"mask 1", 1_600_000_000)
    other = dated(tmp_path / "other.tif", b"mask 2", 1_600_000_000)
    first = put_to_use(treatment, "damage", one)
    second = put_to_use(treatment, "damage", other)
    assert first.sha256 != second.sha256
    assert treatment.source_path(second).read_bytes() == b"mask 2"


def test_file_changed_just_now_is_read_again(
    treatment: Treatment, tmp_path: Path
) -> None:
    """Its time stamp may be too coarse to show a second change."""
    path = tmp_path / "mask.tif"
    path.write_bytes(b"mask 1")
    now = path.stat().st_mtime_ns
    first = put_to_use(treatment, "damage", path)
    path.write_bytes(b"mask 2")
    os.utime(path, ns=(now, now))
    assert treatment.receive("damage", path).sha256 != first.sha256


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": 1}'])
def test_memory_of_hashes_may_be_deleted_or_broken(
    treatment: Treatment, given: Path, content: bytes
) -> None:
    source = put_to_use(treatment, "scan", given)
    memory = treatment.cache / "hashes.json"
    assert memory.exists()
    memory.write_bytes(content)
    assert treatment.receive("scan", given) == source


def test_copy_that_a_crash_left_undescribed_is_described(
    treatment: Treatment, given: Path
) -> None:
    source = treatment.receive("scan", given)
    kept = treatment.source_path(source)
    kept.with_name(f"{kept.name}.json").unlink()
    kept.chmod(0o644)
    assert treatment.receive("scan", given) == source
    assert treatment.sources_received() == (source,)
    assert not kept.stat().st_mode & stat.S_IWUSR


def test_copy_that_was_deleted_is_kept_anew(treatment: Treatment, given: Path) -> None:
    source = put_to_use(treatment, "scan", given)
    treatment.source_path(source).unlink()
    treatment.receive("scan", given)
    assert treatment.source_path(source).read_bytes() == b"samples"


def test_outlines_received_as_json_are_not_taken_for_descriptions(
    treatment: Treatment, tmp_path: Path
) -> None:
    path = dated(tmp_path / "outline.json", b'{"type": "Polygon"}', 1_600_000_000)
    source = put_to_use(treatment, "outline", path)
    assert treatment.sources_received() == (source,)


def test_file_beside_is_kept_beside_under_its_own_name(
    treatment: Treatment, tmp_path: Path
) -> None:
    setup = dated(tmp_path / "in" / "ours.toml", b"[inks]", 1_600_000_000)
    dated(tmp_path / "in" / "film.icc", b"profile", 1_600_000_000)
    source = treatment.receive("print-setup", setup, "film.icc")
    kept = treatment.source_path(source)
    assert kept.name == "print-setup.toml"
    assert (kept.parent / "film.icc").read_bytes() == b"profile"
    assert {one.role for one in treatment.sources_received()} == {
        "print-setup",
        "print-setup-part",
    }
    again = treatment.receive("print-setup", setup, "film.icc")
    assert again == source


def test_new_profile_beside_the_same_setup_is_another_source(
    treatment: Treatment, tmp_path: Path
) -> None:
    setup = dated(tmp_path / "in" / "ours.toml", b"[inks]", 1_600_000_000)
    dated(tmp_path / "in" / "film.icc", b"profile", 1_600_000_000)
    first = treatment.receive("print-setup", setup, "film.icc")
    treatment.describe({"settings.inputs.print-setup": first.file})
    dated(tmp_path / "in" / "film.icc", b"another", 1_650_000_000)
    second = treatment.receive("print-setup", setup, "film.icc")
    assert second.file != first.file
    assert second.sha256 == first.sha256
    beside = treatment.source_path(second).parent / "film.icc"
    assert beside.read_bytes() == b"another"


def test_file_beside_may_be_missing(treatment: Treatment, tmp_path: Path) -> None:
    setup = dated(tmp_path / "in" / "ours.toml", b"[inks]", 1_600_000_000)
    source = treatment.receive("print-setup", setup, "built-in.icc")
    folder = treatment.source_path(source).parent
    assert sorted(file.name for file in folder.iterdir()) == [
        "print-setup.toml",
        "print-setup.toml.json",
    ]


@pytest.mark.parametrize("moment", ["before", "while copying"])
def test_file_that_cannot_be_read_is_not_said_to_be_unwritable(
    treatment: Treatment, given: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    reads = iter([False, True] if moment == "while copying" else [True])
    opened = Path.open

    def open_or_fail(path: Path, *args, **named):
        if path == given and next(reads):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, *args, **named)

    monkeypatch.setattr(Path, "open", open_or_fail)
    with pytest.raises(UnreadableFileError, match="permission denied") as caught:
        treatment.receive("scan", given)
    assert caught.value.exit_status == 69
    assert not list(treatment.sources.iterdir())


def test_missing_file_is_named(treatment: Treatment, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"gone\.tif"):
        treatment.receive("scan", tmp_path / "gone.tif")


def test_file_that_changes_while_it_is_read_is_refused(
    treatment: Treatment, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = iter([[b"samples"], [b"sampled"]])
    monkeypatch.setattr(received, "_pieces", lambda _path: next(contents))
    with pytest.raises(UnreadableFileError, match="it changed"):
        treatment.receive("scan", given)
    assert not list(treatment.sources.iterdir())


def test_full_disk_keeps_nothing(
    treatment: Treatment, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", failing(errno.ENOSPC))
    with pytest.raises(DiskFullError):
        treatment.receive("scan", given)
    assert not list(treatment.sources.iterdir())


def test_drive_without_permissions_will_do(
    treatment: Treatment, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "chmod", failing(errno.EPERM))
    source = treatment.receive("scan", given)
    assert treatment.source_path(source).read_bytes() == b"samples"


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b'{"role": "scan"}'])
def test_description_of_a_source_changed_by_hand_is_named(
    treatment: Treatment, given: Path, content: bytes | None
) -> None:
    source = put_to_use(treatment, "scan", given)
    about = treatment.sources / f"{source.file}.json"
    if content is None:
        about.unlink()
    else:
        about.write_bytes(content)
    with pytest.raises(TreatmentDamagedError, match=source.file):
        treatment.source("scan")


# --- runs -------------------------------------------------------------------------


def test_run_appears_whole_under_its_name(treatment: Treatment) -> None:
    finished(treatment)
    assert treatment.has_run(MASK, RUN)
    assert not treatment.partial_folder(MASK, RUN).exists()
    assert treatment.value(MASK, RUN) == {"regions": 3}
    found = treatment.manifest(MASK, RUN)
    assert found.content_sha256 == content_hash(treatment.run_folder(MASK, RUN))
    assert found.content_sha256


def test_run_that_was_not_sealed_is_no_run(treatment: Treatment) -> None:
    folder = treatment.run_folder(MASK, RUN)
    folder.mkdir(parents=True)
    (folder / "value.json").write_bytes(b"half")
    assert not treatment.has_run(MASK, RUN)
    finished(treatment)
    assert treatment.value(MASK, RUN) == {"regions": 3}


def test_what_a_crash_left_half_written_is_not_part_of_the_run(
    treatment: Treatment,
) -> None:
    partial = treatment.partial_folder(MASK, RUN)
    chunk = partial / "raster.zarr" / "planes" / "c" / "0"
    chunk.mkdir(parents=True)
    (chunk / "0").write_bytes(b"chunk")
    for name in (chunk / "0.1f.partial", partial / ".manifest.json.partial"):
        name.write_bytes(b"half")
    write_value(partial, {"regions": 3})
    treatment.finish_run(manifest())
    run = treatment.run_folder(MASK, RUN)
    assert not list(run.rglob("*.partial"))
    assert (run / "raster.zarr" / "planes" / "c" / "0" / "0").exists()
    assert treatment.manifest(MASK, RUN).content_sha256 == content_hash(run)


def test_run_that_cannot_be_renamed_is_named_and_kept(
    treatment: Treatment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "rename", failing(errno.EACCES))
    with pytest.raises(UnwritableError):
        finished(treatment)
    monkeypatch.undo()
    assert not treatment.has_run(MASK, RUN)
    assert (treatment.partial_folder(MASK, RUN) / "value.json").exists()
    treatment.finish_run(manifest())
    assert treatment.has_run(MASK, RUN)


def test_runs_in_use_are_remembered_by_kind(treatment: Treatment) -> None:
    assert treatment.current() == {}
    treatment.use(MASK, RUN)
    treatment.use(ArtefactKind.PROOF, "f" * 16)
    treatment.use(MASK, "e" * 16)
    assert treatment.current() == {"mask": "e" * 16, "proof": "f" * 16}


def test_using_the_same_run_again_writes_nothing(
    treatment: Treatment, monkeypatch: pytest.MonkeyPatch
) -> None:
    treatment.use(MASK, RUN)
    monkeypatch.setattr(os, "fsync", failing(errno.ENOSPC))
    treatment.use(MASK, RUN)
    assert treatment.current() == {"mask": RUN}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"mask": 5}', b"\xff"])
def test_pointer_changed_by_hand_is_named(treatment: Treatment, content: bytes) -> None:
    (treatment.path / "current.json").write_bytes(content)
    with pytest.raises(TreatmentDamagedError, match=r"current\.json") as caught:
        treatment.current()
    assert caught.value.exit_status == 65
    with pytest.raises(TreatmentDamagedError):
        treatment.use(MASK, RUN)


@pytest.mark.parametrize("name", ["manifest.json", "value.json"])
@pytest.mark.parametrize("content", [None, b"", b'{"kind": "'])
def test_run_changed_by_hand_is_named(
    treatment: Treatment, name: str, content: bytes | None
) -> None:
    finished(treatment)
    path = treatment.run_folder(MASK, RUN) / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    read = treatment.manifest if name == "manifest.json" else treatment.value
    with pytest.raises(TreatmentDamagedError, match=name):
        read(MASK, RUN)


# --- names ------------------------------------------------------------------------


def test_error_about_a_copy_names_the_file_that_was_handed_in(tmp_path: Path) -> None:
    kept = tmp_path / "scan-0123.tif"
    with (
        pytest.raises(UnreadableFileError, match=r"^Madonna\.tif could not"),
        received.named_as_received(kept, "Madonna.tif"),
    ):
        raise UnreadableFileError(str(kept), "it is gone")
    with (
        pytest.raises(UnreadableFileError, match=r"^other\.tif could not"),
        received.named_as_received(kept, "Madonna.tif"),
    ):
        raise UnreadableFileError("other.tif", "it is gone")


def test_run_that_is_used_no_more_is_pointed_to_no_more(treatment: Treatment) -> None:
    treatment.use(MASK, RUN)
    treatment.drop(ArtefactKind.CONDITION)
    assert treatment.current() == {"mask": RUN}
    treatment.drop(MASK)
    assert treatment.current() == {}


def test_entry_taken_out_of_a_run_is_missed_by_name(treatment: Treatment) -> None:
    finished(treatment)
    with pytest.raises(TreatmentDamagedError, match=r"value\.json.*'classes'"):
        treatment.value(MASK, RUN)["classes"]


def test_ledger_is_no_part_of_a_finished_run(treatment: Treatment) -> None:
    partial = treatment.partial_folder(MASK, RUN)
    partial.mkdir(parents=True)
    (partial / "ledger.txt").write_text("tile 0 0\n")
    write_value(partial, {"regions": 3})
    treatment.finish_run(manifest())
    run = treatment.run_folder(MASK, RUN)
    assert not (run / "ledger.txt").exists()
    assert treatment.manifest(MASK, RUN).content_sha256 == content_hash(run)
