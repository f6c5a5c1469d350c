"""Policies of actors who look ahead: what they add to the appeals of moves; uses the game and the graph."""
