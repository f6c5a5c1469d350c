"""`render`: the results object in, one self-contained HTML page out.

The page may not load anything: styles, scripts, the Plotly bundle and the figure data are inlined, and a
content security policy names the inlined scripts by hash, so that nothing else could run or be fetched.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from detente.report import figures
from detente.report.document import document
from detente.report.format import Section
from detente.report.palette import COURSES
from detente.result import Result

ROOM = "detente.report"


def render(results: Result) -> str:
    """Return the report on a result as HTML text.

    Deterministic: the same results give the same text. Reads nothing but its own templates and
    the Plotly bundle.
    """
    doc = document(results)
    main, bundle, head = asset("script.js"), _plotly(), "document.documentElement.className = 'js';"
    page = environment().get_template("template.html.j2")
    return page.render(
        doc,
        results=results,
        style=Markup(_course_styles() + asset("style.css") + asset("media.css")),
        head_script=Markup(head),
        main_script=Markup(main),
        plotly=Markup(bundle),
        figures=Markup(_inline_json(_shared(_specs(results, doc)))),
        script_hashes=" ".join(f"'sha256-{_hash(text)}'" for text in (head, main, bundle)),
    )


def _specs(results: Result, doc: Section) -> dict[str, figures.Figure]:
    """Every figure of the page by the id its place in the template asks for."""
    specs: dict[str, figures.Figure] = {}
    if doc["lead"]:
        specs["lead"] = figures.events(results, doc["lead"]["event"], ticks=5, courses=doc["lead"]["courses"])
    for row in doc["events"]:
        if row["curve"]:
            specs[f"event:{row['id']}"] = figures.events(results, row["id"], ticks=4)
    for row in doc["stocks"]:
        if row["curve"]:
            specs[f"stock:{row['id']}"] = figures.fan(results, row["id"])
    if results.ledger:
        specs["timeline"] = figures.timeline(results)
    return specs


def _shared(specs: Mapping[str, figures.Figure]) -> Section:
    """`specs` with every list of dates kept once: traces name theirs by its place in `axes`."""
    axes: dict[tuple[str, ...], int] = {}
    made = {
        name: spec | {"data": [trace | {"x": axes.setdefault(tuple(trace["x"]), len(axes))} for trace in spec["data"]]}
        for name, spec in specs.items()
    }
    return {"axes": list(axes), "figures": made}


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


@cache
def _plotly() -> str:
    """The packaged Plotly bundle, read as a file: importing plotly for it would cost more than reading it."""
    text = files("plotly").joinpath("package_data", "plotly.min.js").read_text(encoding="utf-8")
    # Inside a script element only this could end it early; within strings and regexes the slash may be escaped.
    return text.strip().replace("</script", "<\\/script")


def _inline_json(value: Any) -> str:
    """JSON that no HTML parser can take for markup."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _course_styles() -> str:
    """One rule per course accent, so that a course looks the same in text, tables and figures."""
    return "".join(f".course-{index}{{--accent:{colour}}}\n" for index, colour in enumerate(COURSES))
