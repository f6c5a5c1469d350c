"""A result as one HTML page that needs no network: `render`. Words of probability: `words`."""

from detente.report.render import render
from detente.report.words import words

__all__ = ["render", "words"]
