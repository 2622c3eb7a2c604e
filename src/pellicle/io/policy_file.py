# SPDX-License-Identifier: Apache-2.0
"""Policy files: TOML, two of them built in."""

import tomllib
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from pellicle.errors import PolicyFileError, UnknownPolicyError
from pellicle.model.policy import Policy

DEFAULT_POLICY = "draft"


def load_policy(name_or_path: str) -> Policy:
    """Read a built-in policy by name, or a file by path.

    Raises
    ------
    UnknownPolicyError
        If there is none of that name.
    PolicyFileError
        If the file's content cannot be read or used.
    """
    built_in = files("pellicle") / "policies" / f"{name_or_path}.toml"
    try:
        if "/" not in name_or_path and built_in.is_file():
            text = built_in.read_text(encoding="utf-8")
        else:
            # Some editors on Windows put a byte order mark first.
            text = Path(name_or_path).read_text(encoding="utf-8-sig")
        return Policy.model_validate(tomllib.loads(text))
    except FileNotFoundError as error:
        raise UnknownPolicyError(name_or_path) from error
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise PolicyFileError(name_or_path, reason.lower()) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyFileError(name_or_path, f"it is not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PolicyFileError(name_or_path, f"{where}: {first['msg']}") from error
