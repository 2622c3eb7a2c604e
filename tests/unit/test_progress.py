# SPDX-License-Identifier: Apache-2.0
import io
import re

import pytest

from pellicle.engine.progress import ProgressReport


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_one_line_a_step_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress = ProgressReport()
    with progress.step("mask", 12.34) as advance:
        advance(5.0)
        advance(7.34)
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"mask: 12\.3 Mpx in \d+\.\d s\n", err)


def test_quiet_shows_nothing_and_still_remembers_the_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress = ProgressReport(quiet=True)
    with progress.step("mask", 1.0) as advance:
        advance(1.0)
    assert capsys.readouterr() == ("", "")
    assert progress.seconds["mask"] >= 0


def test_time_of_a_step_done_twice_is_added_up() -> None:
    progress = ProgressReport(quiet=True)
    for _ in range(2):
        with progress.step("export", 1.0):
            pass
    first = progress.seconds["export"]
    with progress.step("export", 1.0):
        pass
    assert progress.seconds["export"] >= first
    assert list(progress.seconds) == ["export"]


def test_terminal_shows_a_bar_and_then_the_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with ProgressReport().step("reconstruction", 0.0) as advance:
        advance(0.0)
    assert "reconstruction" in terminal.getvalue()
    assert terminal.getvalue().endswith(" s\n")


def test_failed_step_does_not_claim_to_be_done(
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress = ProgressReport()
    message = "stop"
    with pytest.raises(RuntimeError), progress.step("mask", 1.0):
        raise RuntimeError(message)
    assert capsys.readouterr().err == ""
    assert "mask" in progress.seconds
