"""Colours. A hue means a course of action or, on maps of arguments, what a claim stands on. All else is ink on paper.

Every colour of text and of a line has a contrast of at least 4.5:1 on its paper, in light and in dark.
"""

from __future__ import annotations

COURSES = ("#1d5b8f", "#b04a12", "#44702c", "#76438a", "#80610c", "#2f6f6c")
COURSES_DARK = ("#7fb5e6", "#f0986a", "#93c47a", "#cda2de", "#d6b55c", "#74c4bf")

# What a claim stands on: a ground and the ink on it, the same in light and in dark.
STANDINGS = {
    "record": "#14532d",
    "on-record": "#ffffff",
    "assumption": "#f3d98b",
    "on-assumption": "#1b1b1b",
    "falls": "#8f2020",
    "on-falls": "#ffffff",
    "weakest": "#d97706",
}
LIGHT = {
    "ink": "#1b1b1b",
    "muted": "#5c5a55",
    "rule": "#d9d5cb",
    "edge": "#bdb8ac",
    "grey": "#8b867b",
    "mesh": "#ebe8e1",
    "shade": "#ddd8cc",
    "shadow": "#00000022",
    "alarm": "#a11616",
    "pale": "#f4f1ea",
    "paper": "#ffffff",
    **{f"course-{at}": colour for at, colour in enumerate(COURSES)},
}
DARK = {
    "ink": "#eceae4",
    "muted": "#aaa79f",
    "rule": "#45433e",
    "edge": "#5f5c55",
    "grey": "#8b867b",
    "mesh": "#33322e",
    "shade": "#4a4842",
    "shadow": "#ffffff22",
    "alarm": "#f08c8c",
    "pale": "#272622",
    "paper": "#191917",
    **{f"course-{at}": colour for at, colour in enumerate(COURSES_DARK)},
}


def variables() -> str:
    """Style rules that name every colour, and give each course its accent in text, tables and figures."""
    accents = "".join(f".course-{at} {{ --accent: var(--course-{at}); }}\n" for at in range(len(COURSES)))
    dark = f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {_named(DARK)} }} }}\n"
    return f":root {{ {_named(LIGHT | STANDINGS)} }}\n{dark}{accents}"


def _named(colours: dict[str, str]) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())
