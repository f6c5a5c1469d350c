"""Courses of action side by side: events, stocks, utilities; uses the futures and the engine."""
