"""A scenario as a finite game: tree, equilibria, Gambit files; uses the engine's game and not the inference."""
