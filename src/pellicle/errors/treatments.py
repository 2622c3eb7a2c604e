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
            f"the scale given makes one pixel {um:g} µm of painting; "
            "0.05 to 5,000 µm was needed"
        )
        self.hint = (
            "give the painting's width with --width-mm, or the scan's with --ppi"
        )


class StoreDamagedError(BadInputError):
    """A raster of a treatment cannot be read back."""

    code = "store-damaged"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.problem = (
            f"{path} is missing or cannot be read back; the run as it was made was "
            "needed"
        )
        self.hint = (
            "run `pellicle verify` to see what was changed by hand, move the damaged "
            "run's folder away, and run the same command again to make it anew"
        )


class NotATreatmentError(MissingError):
    """The folder is not a treatment."""

    code = "not-a-treatment"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.problem = (
            f"{path} is not a treatment folder; one, or an empty folder to begin it "
            "in, was needed"
        )
        self.hint = (
            "make a treatment with `pellicle restore SCAN -o NAME.pellicle`, in a new "
            "or empty folder"
        )


class TreatmentDamagedError(BadInputError):
    """A file of the treatment was changed so that it cannot be read."""

    code = "treatment-damaged"

    def __init__(self, path: str, found: str) -> None:
        super().__init__(path, found)
        self.problem = (
            f"{path} cannot be used: {found}; the file as Pellicle writes it was needed"
        )
        self.hint = (
            "put back the file as it was, or see `pellicle verify` for what else "
            "was changed"
        )


class SourceConflictError(UsageError):
    """The treatment was begun with another scan."""

    code = "other-scan"

    def __init__(self, treatment: str, known: str, given: str) -> None:
        super().__init__(treatment, known, given)
        self.problem = (
            f"{given} is another picture than the one {treatment} was begun with; "
            f"the scan kept as {known} was needed"
        )
        self.hint = "choose another folder with -o for another scan"


class TreatmentBusyError(TemporaryError):
    """Somebody else writes to the treatment."""

    code = "treatment-busy"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.problem = (
            f"another Pellicle is writing to {path}; a treatment that nobody else "
            "writes to was needed"
        )
        self.hint = "wait until it is done, then run the same command again"


class WorkerLostError(TemporaryError):
    """A worker process died."""

    code = "worker-lost"

    def __init__(self, stage: str) -> None:
        super().__init__(stage)
        self.problem = (
            f"a worker process ended unexpectedly during {stage}; all of them were "
            "needed"
        )
        self.hint = (
            "run the same command again, with --workers 1 if memory is short: what "
            "was finished is kept"
        )


class ScaleUnknownError(MissingError):
    """Nothing says how large the painting is."""

    code = "scale-unknown"

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.problem = (
            f"{file} does not say how large the painting is "
            "(1, 72 and 96 ppi count as unstated); its scale was needed"
        )
        self.hint = (
            "measure the width that the picture shows and give it with --width-mm, "
            "or give the scan's sampling rate with --ppi"
        )


class UnknownRegionError(UsageError):
    """No region has this id."""

    code = "unknown-region"

    def __init__(self, region: str, count: int) -> None:
        super().__init__(region, count)
        self.problem = (
            f"none of the {count} regions has the id {region!r}; a region's id was "
            "needed"
        )
        self.hint = "look it up in the report or in exports/regions.geojson"


class NoRegionMatchesError(UsageError):
    """A rule or class that no region is of."""

    code = "no-region-matches"

    def __init__(self, rule: str, count: int) -> None:
        super().__init__(rule, count)
        self.problem = (
            f"none of the {count} regions matches {rule!r}; at least one was needed"
        )
        self.hint = (
            "look up classes, areas and confidences in the report or in "
            "exports/regions.geojson"
        )


class BadRuleError(UsageError):
    """A rule that chooses regions cannot be read."""

    code = "bad-rule"

    def __init__(self, rule: str, found: str, needed: str) -> None:
        super().__init__(rule, found, needed)
        # A semicolon parts what was found from what was needed.
        has = f"{rule!r} has {found}".replace(";", ",")
        self.problem = f"the rule {has}; {needed} was needed there"
        self.hint = 'write it as in "area_mm2 < 0.5 and confidence < 0.6"'


class NoSuchCandidateError(UsageError):
    """The region has no candidate of this number."""

    code = "no-such-candidate"

    def __init__(self, region: str, number: int, made: int) -> None:
        super().__init__(region, number, made)
        found = f"there are {made}" if made else "none were made"
        needed = f"1 to {made}" if made else "candidates to choose from"
        self.problem = (
            f"region {region} has no candidate {number}: {found}; {needed} was needed"
        )
        self.hint = (
            f"make candidates with `pellicle reconstruct WORK --candidates {region}`, "
            "look at their sheet, and give the number of one"
        )


class NotYetMadeError(MissingError):
    """An earlier step has not been done."""

    code = "not-yet-made"

    def __init__(self, needed: str) -> None:
        super().__init__(needed)
        self.problem = f"the {needed} has not been made yet; this step needs it"
        self.hint = "run `pellicle restore` to make everything in order"


class BadSettingError(UsageError):
    """A setting has a value that it cannot have."""

    code = "bad-setting"

    def __init__(self, setting: str, found: str, needed: str) -> None:
        super().__init__(setting, found, needed)
        self.problem = f"{setting} cannot be {found}; {needed}"
        self.hint = "give another value: --help lists each setting with its range"


class UnknownPolicyError(UsageError):
    """No policy has the name that was given."""

    code = "unknown-policy"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.problem = (
            f"there is no policy {name!r}; draft, strict, or a TOML file in the form "
            "of these two was needed"
        )
        self.hint = "name one of the two, or check the file's name and folder"


class PolicyFileError(BadInputError):
    """A policy file cannot be used."""

    code = "bad-policy"

    def __init__(self, name: str, found: str) -> None:
        super().__init__(name, found)
        self.problem = (
            f"the policy {name} cannot be used: {found}; draft, strict, or a TOML file "
            "in the form of these two was needed"
        )
        self.hint = "name one of the two, or correct the file"


class NothingKnownError(BadInputError):
    """No intact paint is left to work from."""

    code = "nothing-intact"

    def __init__(self, share_percent: float) -> None:
        super().__init__(share_percent)
        self.problem = (
            f"{share_percent:.0f} % of the painting is marked as damage; some "
            "intact paint to work from was needed"
        )
        self.hint = (
            "check the file given with --damage (white is damage) and the outline"
        )


class VerifyFailedError(BadInputError):
    """Files of a treatment differ from what was recorded."""

    code = "verify-failed"

    def __init__(self, checked: int, wrong: tuple[str, ...]) -> None:
        super().__init__(checked, wrong)
        self.problem = (
            f"{len(wrong)} of {checked} files and runs differ from the record "
            f"({', '.join(wrong)}); all of them as recorded were needed"
        )
        self.hint = (
            "put sources back from a backup, and move changed exports and runs away: "
            "`pellicle restore` makes them anew"
        )


class WorksMissingError(MissingError):
    """No photograph to make a benchmark job from."""

    code = "works-missing"

    def __init__(self, folder: str, found: int, width_px: int, height_px: int) -> None:
        super().__init__(folder, found, width_px, height_px)
        self.problem = (
            f"{folder} holds {found} pictures, none of them fit; an RGB picture of at "
            f"least {width_px:,} × {height_px:,} pixels was needed"
        )
        self.hint = (
            "name a folder with large photographs of paintings: museums publish many "
            "under CC0"
        )


class JobOffSpecError(BadInputError):
    """The files of a benchmark job do not hold what its definition says."""

    code = "job-off-spec"

    def __init__(self, quantity: str, found: float, needed: float) -> None:
        super().__init__(quantity, found, needed)
        self.problem = (
            f"the benchmark job has {quantity} {found:g}; its definition asks for "
            f"{needed:g}"
        )
        self.hint = "delete the job's folder, and let it be made again"


class BenchExtraMissingError(MissingError):
    """The methods to compare with are not installed."""

    code = "bench-extra-missing"

    def __init__(self, package: str) -> None:
        super().__init__(package)
        self.problem = (
            f"{package} is not installed; the benchmark compares with its methods"
        )
        self.hint = "install it with `pip install 'pellicle[bench]'`"
