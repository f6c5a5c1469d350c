"""Strategy: what players would do who know the game. Solution concepts on extensive-form games and lattices."""
