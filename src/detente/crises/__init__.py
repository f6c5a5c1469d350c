"""Crises of the past: response curves, the mirror, analogies; uses the inference and the events."""
