"""A scenario compiled: its rules, courses, record and panel as graphs and arrays; uses the language and the graph."""
