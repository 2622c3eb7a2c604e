# SPDX-License-Identifier: Apache-2.0
"""Errors of networks and of learning."""

from pellicle.errors.families import BadInputError, MissingError, UsageError


class NetworkMissingError(MissingError):
    """A trained network is not where it should be."""

    code = "network-missing"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.problem = f"the trained network {path} is not there; the step needs it"
        self.hint = (
            "install Pellicle again, or name a folder that `pellicle train` has "
            "written with --network"
        )


class NetworkAlteredError(BadInputError):
    """A trained network is not the one its description names."""

    code = "network-altered"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.problem = (
            f"the trained network {path} cannot be used: {reason}; the files that its "
            "description names were needed"
        )
        self.hint = (
            "put back the files as they were written: install Pellicle again, or train "
            "again"
        )


class NetworkVersionError(BadInputError):
    """A trained network belongs to another version of Pellicle."""

    code = "network-version"

    def __init__(self, path: str, found: int, needed: int) -> None:
        super().__init__(path, found, needed)
        self.problem = (
            f"the trained network {path} has layout {found}; layout {needed} was "
            "needed by this version of Pellicle"
        )
        self.hint = "train it again with this version, or use the one that came with it"


class NetworkLayersError(BadInputError):
    """Weights to go on training from are those of other layers."""

    code = "network-layers"

    def __init__(self, path: str, found: str) -> None:
        super().__init__(path, found)
        self.problem = (
            f"the weights {path} cannot be gone on from: {found}; weights of the "
            "layers that this version of Pellicle trains were needed"
        )
        self.hint = (
            "begin from networks that this version has written, or train anew in "
            "another folder"
        )


class OtherTrainingError(UsageError):
    """A folder holds a training that began otherwise."""

    code = "other-training"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.problem = (
            f"{path} holds a training that began from other networks or other "
            "corrections; an empty folder, or the same beginning, was needed"
        )
        self.hint = "name another folder with -o"


class NetworkSignatureError(BadInputError):
    """A network of one's own takes or gives something else than it should."""

    code = "network-signature"

    def __init__(self, path: str, found: str) -> None:
        super().__init__(path, found)
        self.problem = (
            f"the network {path} cannot be used for infill: {found}; an ONNX file that "
            "takes a picture (1, 3, H, W) and a mask (1, 1, H, W) and gives a picture "
            "(1, 3, H, W), all float32, was needed"
        )
        self.hint = "export it with this signature, or leave out --network"


class EmptyCorpusError(MissingError):
    """There is nothing to learn from."""

    code = "empty-corpus"

    def __init__(self, sources: str, broken: int) -> None:
        super().__init__(sources, broken)
        self.problem = (
            f"no picture to learn from was found in {sources} ({broken} could not be "
            "used); JPEG, PNG or TIFF photographs at least 256 pixels wide and high "
            "were needed"
        )
        self.hint = "name folders with photographs of paintings"


class NothingCorrectedError(MissingError):
    """Nobody has corrected anything to learn from."""

    code = "nothing-corrected"

    def __init__(self, treatments: str) -> None:
        super().__init__(treatments)
        self.problem = (
            f"nobody has corrected a region, or approved one by itself, that there is "
            f"to learn from in {treatments}; at least one was needed"
        )
        self.hint = (
            "decide about regions with `pellicle decide`, make the condition map "
            "again, and run the command again"
        )


class TrainExtraMissingError(MissingError):
    """What training needs is not installed."""

    code = "train-extra-missing"

    def __init__(self, package: str) -> None:
        super().__init__(package)
        self.problem = f"{package} is not installed; training needs it"
        self.hint = "install it with `pip install 'pellicle[train]'`"
