# SPDX-License-Identifier: Apache-2.0
"""Errors of calibration: charts, their measurements and what they say."""

from pellicle.errors.families import BadInputError

_MOST_NAMED = 8


def _named(patches: tuple[str, ...]) -> str:
    rest = len(patches) - _MOST_NAMED
    more = f" and {rest} more" if rest > 0 else ""
    return ", ".join(patches[:_MOST_NAMED]) + more


class BadMeasurementsError(BadInputError):
    """A measurement file cannot be read."""

    code = "bad-measurements"

    def __init__(self, path: str, found: str, needed: str) -> None:
        super().__init__(path, found, needed)
        self.problem = (
            f"the measurements {path} cannot be read: {found}; {needed} was needed"
        )
        self.hint = (
            "export them again from the measuring program as CGATS text (.ti3, .txt) "
            "with XYZ, Lab or spectral values"
        )


class MissingFieldsError(BadInputError):
    """A measurement file lacks a column that is needed."""

    code = "missing-fields"

    def __init__(self, path: str, found: str, needed: str) -> None:
        super().__init__(path, found, needed)
        self.problem = f"the measurements {path} have {found}; {needed} was needed"
        self.hint = (
            "export them with that column, or name the chart's own list of patches "
            "with --chart"
        )


class MissingPatchesError(BadInputError):
    """Patches of the chart were not measured."""

    code = "missing-patches"

    def __init__(self, path: str, patches: tuple[str, ...], needed: str) -> None:
        super().__init__(path, patches, needed)
        self.problem = (
            f"the measurements {path} lack {_named(patches)}; {needed} was needed"
        )
        self.hint = "measure these patches too, and add them to the file"


class SwappedPatchesError(BadInputError):
    """Measurements of patches stand in each other's place."""

    code = "swapped-patches"

    def __init__(self, pairs: tuple[tuple[str, str], ...]) -> None:
        super().__init__(pairs)
        shown = tuple(f"{one} with {other}" for one, other in pairs)
        self.problem = (
            f"measurements seem to be exchanged: {_named(shown)}; each patch's own "
            "colour was needed"
        )
        self.hint = (
            "measure these patches again, or exchange their lines in the file if that "
            "is what happened"
        )


class UnlikelyMeasurementsError(BadInputError):
    """Too many patches disagree with the rest."""

    code = "unlikely-measurements"

    def __init__(self, patches: tuple[str, ...], count: int, of: int) -> None:
        super().__init__(patches, count, of)
        self.problem = (
            f"{count} of {of} measured patches contradict the others "
            f"({_named(patches)}); measurements that one printer can have made were "
            "needed"
        )
        self.hint = (
            "check that the file belongs to this chart, that no row was skipped or "
            "read backwards, and that the backing was the one stated"
        )


class ScaleDiffersError(BadInputError):
    """The printed size is wrong beyond what a printer does."""

    code = "scale-differs"

    def __init__(
        self,
        x_percent: float,
        y_percent: float,
        needed: str,
        setup: str | None = None,
    ) -> None:
        super().__init__(x_percent, y_percent, needed, setup)
        found = f"{x_percent:.2f} % of its size across and {y_percent:.2f} % down"
        if setup is not None:
            self.problem = (
                f"by the print setup {setup} a print measures {found}; "
                f"{needed} was needed"
            )
            self.hint = (
                "measure a printed chart again and put printed over asked lengths in "
                "as geometry.scale_x and geometry.scale_y; a printer that is farther "
                "off must be adjusted first"
            )
            return
        self.problem = f"the chart measures {found}; {needed} was needed"
        self.hint = (
            "print the chart again at 100 %, without 'fit to page', and measure both "
            "distances from cross to cross"
        )


class ImpossibleInkLimitError(BadInputError):
    """An ink limit under which there are next to no colours."""

    code = "impossible-ink-limit"

    def __init__(self, setup: str, percent: float, needed_percent: float) -> None:
        super().__init__(setup, percent, needed_percent)
        self.problem = (
            f"the print setup {setup} allows {percent:g} % ink on one spot; at least "
            f"{needed_percent:g} % was needed for its inks to make colours"
        )
        self.hint = "give the ink limit in percent of all four inks, such as 220"
