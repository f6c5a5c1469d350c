"""What the pages of the documentation show of outputs, compared with what is printed."""

from __future__ import annotations

import re

CUT = "[...]\n"  # lines left out on the page


def agrees(shown: str, printed: str) -> bool:
    """Whether what a page shows is what was printed, but for what the page leaves out."""
    return re.fullmatch(".*\n".join(map(re.escape, shown.split(CUT))), printed, re.DOTALL) is not None
