"""The scenario language: a folder of YAML and CSV to checked, typed records."""
