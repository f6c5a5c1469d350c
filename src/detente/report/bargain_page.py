"""The page of `detente run --only bargain`: the result in, one self-contained HTML page without scripts out."""

from __future__ import annotations

from detente.report.bargaining import bargaining
from detente.report.render import environment, style
from detente.result.run import BargainResult


def bargaining_page(result: BargainResult) -> str:
    """The page of `detente run --only bargain`: complete in one file, without scripts. Deterministic; loads nothing."""
    page = environment().get_template("parts/bargain_page.html.j2")
    return page.render(results=result, bargaining=bargaining(result), style=style("style.css", "media.css"))
