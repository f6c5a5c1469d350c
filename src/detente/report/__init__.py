"""A result as one HTML page that needs no network (`render`), and words of probability; uses the typed result alone."""

from detente.report.render import render
from detente.report.words import words

__all__ = ["render", "words"]
