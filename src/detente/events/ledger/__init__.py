"""Ledger rows proposed from events, and checks of a ledger; uses the event table and the language."""
