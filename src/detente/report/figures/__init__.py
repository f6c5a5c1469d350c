"""Figures: records of what is shown, in what units and from where, and their drawing as SVG; reads results alone."""

from detente.report.figures.figure import Axis, Figure, Mark, Range, Rule, Series, stylesheet
from detente.report.figures.run import figures

__all__ = ["Axis", "Figure", "Mark", "Range", "Rule", "Series", "figures", "stylesheet"]
