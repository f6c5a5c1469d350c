"""Noise between measurements: Kalman and particle filters along the replay; uses the game and the graph."""
