"""How fast Détente is, measured against others and against itself. Not part of the package: run it from the repository.

python -m benchmarks [--quick] [--json FILE] [--only PART]
"""
