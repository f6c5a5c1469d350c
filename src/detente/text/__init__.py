"""Readers of files: YAML nodes with their places, CSV lines, fields, nearest names; knows no conflict."""
