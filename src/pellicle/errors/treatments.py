# SPDX-License-Identifier: Apache-2.0
"""Errors of treatments: scale, settings, decisions, runs and benchmarks."""

from pellicle.errors.families import (
    BadInputError,
    MissingError,
    TemporaryError,
    UsageError,
)


class BadScaleError(UsageError):
    """A pixel size that no scan of a painting has."""

    code = "bad-scale"

    def __init__(self, um: float) -> None:
        super().__init__(um)
        self.problem = (
            f"The scale given makes one pixel {um:g} µm of painting; "
            "0.05 to 5,000 µm was expected."
        )
        self.hint = (
            "Give the painting's width with --width-mm, or the scan's with --ppi."
        )


class StoreDamagedError(BadInputError):
    """A raster of a treatment cannot be read back."""

    code = "store-damaged"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.problem = f"{path} is missing or cannot be read back."
        self.hint = (
            "Run `pellicle verify` to see what was changed by hand; move the damaged "
            "run's folder away and run the same command again to make it anew."
        )


class NotATreatmentError(MissingError):
    """The folder is not a treatment."""

    code = "not-a-treatment"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.problem = f"{path} is not a treatment folder."
        self.hint = (
            "A treatment is made by `pellicle restore SCAN -o NAME.pellicle`, in a new "
            "or empty folder."
        )


class TreatmentDamagedError(BadInputError):
    """A file of the treatment was changed so that it cannot be read."""

    code = "treatment-damaged"

    def __init__(self, path: str, found: str) -> None:
        super().__init__(path, found)
        self.problem = f"{path} cannot be used: {found}."
        self.hint = (
            "Put back the file as it was, or see `pellicle verify` for what else "
            "was changed."
        )


class SourceConflictError(UsageError):
    """The treatment was begun with another scan."""

    code = "other-scan"

    def __init__(self, treatment: str, known: str, given: str) -> None:
        super().__init__(treatment, known, given)
        self.problem = (
            f"{treatment} was begun with the scan kept as {known}; "
            f"{given} is another picture."
        )
        self.hint = "Choose another folder with -o for another scan."


class TreatmentBusyError(TemporaryError):
    """Somebody else writes to the treatment."""

    code = "treatment-busy"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.problem = f"Another Pellicle is writing to {path}."
        self.hint = "Wait until it is done, then run the same command again."


class WorkerLostError(TemporaryError):
    """A worker process died."""

    code = "worker-lost"

    def __init__(self, stage: str) -> None:
        super().__init__(stage)
        self.problem = f"A worker process ended unexpectedly during {stage}."
        self.hint = (
            "What was finished is kept: run the same command again. If memory is "
            "short, use --workers 1."
        )


class ScaleUnknownError(MissingError):
    """Nothing says how large the painting is."""

    code = "scale-unknown"

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.problem = (
            f"{file} does not say how large the painting is "
            "(1, 72 and 96 ppi count as unstated)."
        )
        self.hint = (
            "Measure the width that the picture shows and give it with --width-mm, "
            "or give the scan's sampling rate with --ppi."
        )


class UnknownRegionError(UsageError):
    """No region has this id."""

    code = "unknown-region"

    def __init__(self, region: str, count: int) -> None:
        super().__init__(region, count)
        self.problem = f"None of the {count} regions has the id {region!r}."
        self.hint = "Ids are listed in the report and in exports/regions.geojson."


class NotYetMadeError(MissingError):
    """An earlier step has not been done."""

    code = "not-yet-made"

    def __init__(self, needed: str) -> None:
        super().__init__(needed)
        self.problem = f"This needs the {needed}, which has not been made yet."
        self.hint = "Run `pellicle restore` to make everything in order."


class BadSettingError(UsageError):
    """A setting has a value that it cannot have."""

    code = "bad-setting"

    def __init__(self, setting: str, found: str, needed: str) -> None:
        super().__init__(setting, found, needed)
        self.problem = f"{setting} cannot be {found}: {needed}."
        self.hint = "Give another value; --help lists each setting with its range."


class PolicyFileError(UsageError):
    """A policy cannot be used."""

    code = "bad-policy"

    def __init__(self, name: str, found: str) -> None:
        super().__init__(name, found)
        self.problem = f"The policy {name} cannot be used: {found}."
        self.hint = "Use draft, strict, or a TOML file in the form of these two."


class NothingKnownError(BadInputError):
    """No intact paint is left to work from."""

    code = "nothing-intact"

    def __init__(self, share_percent: float) -> None:
        super().__init__(share_percent)
        self.problem = (
            f"{share_percent:.0f} % of the painting is marked as damage; there is no "
            "intact paint to work from."
        )
        self.hint = (
            "Check the file given with --damage (white is damage) and the outline."
        )


class VerifyFailedError(BadInputError):
    """Files of a treatment differ from what was recorded."""

    code = "verify-failed"

    def __init__(self, checked: int, wrong: tuple[str, ...]) -> None:
        super().__init__(checked, wrong)
        self.problem = (
            f"{len(wrong)} of {checked} files and runs differ from the record:\n  "
            + "\n  ".join(wrong)
            + "\n"
        )
        self.hint = (
            "Put sources back from a backup; exports and runs are made anew by "
            "`pellicle restore` once the changed ones are moved away."
        )


class WorksMissingError(MissingError):
    """No photograph to make a benchmark job from."""

    code = "works-missing"

    def __init__(self, folder: str, found: int, width_px: int, height_px: int) -> None:
        super().__init__(folder, found, width_px, height_px)
        self.problem = (
            f"{folder} holds {found} pictures, none of them an RGB picture of at least "
            f"{width_px:,} × {height_px:,} pixels."
        )
        self.hint = (
            "Name a folder with large photographs of paintings; museums publish many "
            "under CC0."
        )


class JobOffSpecError(BadInputError):
    """The files of a benchmark job do not hold what its definition says."""

    code = "job-off-spec"

    def __init__(self, quantity: str, found: float, needed: float) -> None:
        super().__init__(quantity, found, needed)
        self.problem = (
            f"The benchmark job has {quantity} {found:g}; its definition says "
            f"{needed:g}."
        )
        self.hint = "Delete the job's folder, and let it be made again."


class BenchExtraMissingError(MissingError):
    """The methods to compare with are not installed."""

    code = "bench-extra-missing"

    def __init__(self, package: str) -> None:
        super().__init__(package)
        self.problem = (
            f"The benchmark compares with methods of other packages, and {package} "
            "is not installed."
        )
        self.hint = "Install them with `pip install 'pellicle[bench]'`."
