"""`render`: the results object in, one self-contained HTML page out.

The page may not load anything: styles, figures and its one script are inlined, and a content security policy
names the script by hash, so that nothing else could run or be fetched.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from detente.report import figures, palette
from detente.report.document import document
from detente.report.figures.run import event
from detente.report.format import Section
from detente.result import Result

ROOM = "detente.report"
INDENTS = re.compile(r"\n +(?=<)")  # of the templates: no text of the user begins with a tag
LEAD, WIDE = 190, 760  # height of the first figure; width of the ledger where there is room


def render(results: Result, text: Sequence[str] = ()) -> str:
    """Return the report on a result as HTML text.

    `text`: sentences of an argument's source, which stand beside its claims.

    Deterministic: the same results give the same text. Reads nothing but its own templates.
    """
    doc, main = document(results, text), asset("script.js")
    page = environment().get_template("template.html.j2")
    html = page.render(
        doc,
        results=results,
        style=style("style.css", "media.css", "argument.css"),
        main_script=Markup(main),
        drawn=_drawn(results, doc),
        script_hash=f"'sha256-{_hash(main)}'",
    )
    return INDENTS.sub("\n", html)


def _drawn(results: Result, doc: Section) -> dict[str, Markup]:
    """Every figure of the page by the name that its place in the template asks for."""
    found = figures.figures(results)
    drawn = {name: figure.svg() for name, figure in found.items() if name != "ledger"}
    if doc["lead"] and (lead := event(results, doc["lead"]["event"], doc["lead"]["courses"])):
        drawn["lead"] = lead.svg(least=LEAD)
    if "ledger" in found:
        drawn["ledger"], drawn["ledger-narrow"] = found["ledger"].svg(WIDE), found["ledger"].svg(told=False)
    return drawn


def style(*names: str) -> Markup:
    """Style sheets for a page: colours, figures, and the named files beside this module."""
    return Markup(palette.variables() + figures.stylesheet() + "".join(map(asset, names)))


@cache
def environment() -> Environment:
    """The templates, with escaping."""
    environment = Environment(
        loader=PackageLoader(ROOM, ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["marked"] = _marked
    return environment


def _marked(text: str) -> Markup:
    """Text with what stands between backticks set as code. All of it is escaped."""
    parts = str(text).split("`")
    if len(parts) % 2 == 0:  # an odd backtick: show the text as it is
        return escape(text)
    marked = (Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts))
    return Markup("").join(marked)


@cache
def asset(name: str) -> str:
    """The text of a file beside this module."""
    return files(ROOM).joinpath(name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
