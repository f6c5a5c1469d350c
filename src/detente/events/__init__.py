"""Public event data as one table; uses the language's names, the readers of text, and not the engine."""
