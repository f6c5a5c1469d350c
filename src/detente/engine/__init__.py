"""The engine: a scenario's rules as a graph, the loops over its steps, and what runs them; uses the language.

Knows nothing of priors, files or stories.
"""
