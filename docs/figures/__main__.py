"""Draw the figures of the docs: `python -m docs.figures [folder]`, `make figures`."""

import sys
from pathlib import Path

from docs.figures import article, costs, house, scaling

FIGURES = {"house.svg": house.draw, "article.svg": article.draw, "costs.svg": costs.draw, "scaling.svg": scaling.draw}


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for name, draw in FIGURES.items():
        (folder / name).write_text(draw(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
