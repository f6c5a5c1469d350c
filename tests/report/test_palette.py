"""Colours: enough contrast in light and in dark, and named in one place."""

import re
from importlib.resources import files

import pytest

from detente.report import palette
from detente.report.figures import stylesheet


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
def test_text_and_lines_have_contrast(colours):
    named = [name for name in colours if name.startswith("course-")]
    for name in ["ink", "muted", "alarm", *named]:
        for paper in ("paper", "pale"):
            assert contrast(colours[name], colours[paper]) >= 4.5, (name, paper)
    assert contrast(colours["ink"], colours["shade"]) >= 4.5
    assert contrast(colours["grey"], colours["paper"]) >= 3


def test_light_and_dark_name_the_same():
    assert set(palette.LIGHT) == set(palette.DARK)


def test_style_sheets_name_colours_and_hold_none():
    names = ["style.css", "media.css", "calibration.css"]
    text = "".join(files("detente.report").joinpath(name).read_text(encoding="utf-8") for name in names) + stylesheet()
    assert re.findall(r":[^{};]*(#[0-9a-fA-F]{3,8})\b", text) == []
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", text))
    assert used - set(palette.LIGHT) - {"accent", "sans", "serif", "mono"} == set()
