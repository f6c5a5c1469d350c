"""The bundled classics: `python -m tests.classics.shelf` writes each folder's scenario anew from its builder.

README.md, claims and figures of a folder are written by hand or by `tests.classics.figures`, and stay.
"""

from __future__ import annotations

from pathlib import Path

import detente
from tests.classics import build
from tests.classics.catalogue import CLASSICS

SHELF = Path(detente.__file__).parent / "scenarios" / "classics"
BUNDLED = {one.folder: name for name, one in CLASSICS.items() if one.bundled}


def built(folder: str) -> dict[str, str]:
    """The files of a folder as its builder makes them."""
    name = BUNDLED[folder]
    return build(name, CLASSICS[name].example)


def main() -> None:
    for folder in BUNDLED:
        for file, text in built(folder).items():
            path = SHELF / folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        print(f"wrote {folder}")


if __name__ == "__main__":
    main()
