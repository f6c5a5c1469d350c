"""The scenario language: syntax, records, reading, lint; uses the readers of text and knows no arrays."""
