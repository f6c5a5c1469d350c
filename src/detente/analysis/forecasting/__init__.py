"""Forecasts that are sealed, hindcasts, and their scores; uses the futures and the inference."""
