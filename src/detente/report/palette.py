"""Colours. A hue means one thing in the whole report: the course of action. All else is ink on paper.

Every colour has a contrast of at least 4.5:1 on the paper, so that it may also be used for text.
"""

from __future__ import annotations

INK = "#1b1b1b"
MUTED = "#5c5a55"
RULE = "#d9d5cb"
PAPER = "#ffffff"

COURSES = ("#1d5b8f", "#b04a12", "#44702c", "#76438a", "#80610c", "#2f6f6c")


def course_dash(index: int) -> str:
    """Line style of a course: from the third on broken, so that a course beneath shows where two coincide."""
    return ("solid", "solid", "dash", "dot")[min(index, 3)]


def course_colour(index: int) -> str:
    """The accent of the course at place `index` of the results; repeats after six."""
    return COURSES[index % len(COURSES)]


def faint(colour: str, opacity: float) -> str:
    """`colour` (as #rrggbb) with an opacity, for bands."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"
