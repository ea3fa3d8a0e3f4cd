"""Settings of many values: JSON in the variable itself, or a TOML file that it names."""

import json
import tomllib
from pathlib import Path

KINDS = {"[": "array", "{": "object"}
"""What a JSON text is that begins so."""


def json_or_toml(stated: str, begins: str) -> object:
    """What a variable states, from its JSON, which `begins` with this bracket, or from the file that it names.

    Raises ValueError where it could not be read.
    """
    if stated.startswith(begins):
        try:
            return json.loads(stated)
        except json.JSONDecodeError as error:
            raise ValueError(f"it is not valid JSON: {error}") from error
    path = Path(stated).expanduser()
    if not path.is_absolute():
        raise ValueError(f"it is neither a JSON {KINDS[begins]} nor the absolute path of a TOML file")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"the file could not be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"the file is not valid TOML: {error}") from error
