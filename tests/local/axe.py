"""axe-core, which finds faults of pages that keep people from using them: contrast, names, order, roles."""

import io
import tarfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Frame, Page

from tests.local.npm import Package, unpacked

AXE = Package(
    "axe-core",
    "4.14.1",
    "1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b73"
    "4f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5",
)

CACHE = Path(__file__).parents[2] / ".axe"

SERIOUS = ("serious", "critical")


def serious_faults(page: Page | Frame) -> list[str]:
    """What is seriously wrong with a page, by rule and element."""
    page.evaluate(_script())
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{fault['id']}: {node['html'][:200]}: {node['failureSummary']}"
        for fault in found["violations"]
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]


def _script() -> str:
    return (unpacked(AXE, CACHE, _unpack) / "axe.min.js").read_text(encoding="utf-8")


def _unpack(package: bytes, folder: Path) -> None:
    folder.mkdir()
    with tarfile.open(fileobj=io.BytesIO(package)) as whole:
        script = whole.extractfile("package/axe.min.js")
        assert script is not None
        (folder / "axe.min.js").write_bytes(script.read())
