"""A scenario solved as a game, over draws too; uses the games and the inference."""
