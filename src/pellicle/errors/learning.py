# SPDX-License-Identifier: Apache-2.0
"""Errors of networks and of learning."""

from pellicle.errors.families import BadInputError, MissingError


class NetworkMissingError(MissingError):
    """A trained network is not where it should be."""

    code = "network-missing"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.problem = f"The trained network {path} is not there."
        self.hint = (
            "Install Pellicle again, or name a folder that `pellicle train` has "
            "written with --network."
        )


class NetworkAlteredError(BadInputError):
    """A trained network is not the one its description names."""

    code = "network-altered"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.problem = f"The trained network {path} cannot be used: {reason}."
        self.hint = (
            "Put back the files as they were written: install Pellicle again, or train "
            "again."
        )


class NetworkVersionError(BadInputError):
    """A trained network belongs to another version of Pellicle."""

    code = "network-version"

    def __init__(self, path: str, found: int, needed: int) -> None:
        super().__init__(path, found, needed)
        self.problem = (
            f"The trained network {path} has layout {found}; this version of Pellicle "
            f"uses layout {needed}."
        )
        self.hint = (
            "Train it again with this version, or use the one that came with it."
        )


class EmptyCorpusError(MissingError):
    """There is nothing to learn from."""

    code = "empty-corpus"

    def __init__(self, sources: str, broken: int) -> None:
        super().__init__(sources, broken)
        self.problem = (
            f"No picture to learn from was found in {sources} ({broken} could not be "
            "used)."
        )
        self.hint = (
            "Name folders with JPEG, PNG or TIFF photographs of paintings, each at "
            "least 256 pixels wide and high."
        )


class TrainExtraMissingError(MissingError):
    """What training needs is not installed."""

    code = "train-extra-missing"

    def __init__(self, package: str) -> None:
        super().__init__(package)
        self.problem = f"Training needs {package}, which is not installed."
        self.hint = "Install it with `pip install 'pellicle[train]'`."
