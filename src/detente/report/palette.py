"""Colours. A hue means one thing in the whole report: the course of action. All else is ink on paper.

Every colour of text and of a line has a contrast of at least 4.5:1 on its paper, in light and in dark.
"""

from __future__ import annotations

COURSES = ("#1d5b8f", "#b04a12", "#44702c", "#76438a", "#80610c", "#2f6f6c")
COURSES_DARK = ("#7fb5e6", "#f0986a", "#93c47a", "#cda2de", "#d6b55c", "#74c4bf")

LIGHT = {
    "ink": "#1b1b1b",
    "muted": "#5c5a55",
    "rule": "#d9d5cb",
    "mesh": "#ebe8e1",
    "pale": "#f4f1ea",
    "paper": "#ffffff",
    **{f"course-{at}": colour for at, colour in enumerate(COURSES)},
}
DARK = {
    "ink": "#eceae4",
    "muted": "#aaa79f",
    "rule": "#45433e",
    "mesh": "#33322e",
    "pale": "#272622",
    "paper": "#191917",
    **{f"course-{at}": colour for at, colour in enumerate(COURSES_DARK)},
}


def variables() -> str:
    """Style rules that name every colour, and give each course its accent in text, tables and figures."""
    accents = "".join(f".course-{at} {{ --accent: var(--course-{at}); }}\n" for at in range(len(COURSES)))
    return f":root {{ {_named(LIGHT)} }}\n{accents}"


def _named(colours: dict[str, str]) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())
