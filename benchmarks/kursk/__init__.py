"""The case that ships with Détente, `kursk-2024`: its futures, its fit, and runs of the command line."""
