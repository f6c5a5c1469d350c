"""Futures played out from parameter draws, and what is asked of them; uses the inference and the engine."""
