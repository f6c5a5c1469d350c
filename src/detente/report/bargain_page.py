"""The page of `detente run --only bargain`: the result in, one self-contained HTML page without scripts out."""

from __future__ import annotations

from markupsafe import Markup

from detente.report.bargaining import bargaining
from detente.report.palette import COURSES
from detente.report.render import asset, environment
from detente.result.run import BargainResult


def bargaining_page(result: BargainResult) -> str:
    """The page of `detente run --only bargain`: complete in one file, without scripts. Deterministic; loads nothing."""
    accents = "".join(f".course-{i} {{ --accent: {colour}; }}\n" for i, colour in enumerate(COURSES))
    page = environment().get_template("parts/bargain_page.html.j2")
    style = Markup(accents + asset("style.css") + asset("media.css"))
    return page.render(results=result, bargaining=bargaining(result), style=style)
