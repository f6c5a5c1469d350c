"""How well each hypothesis explains the record, step by step; uses the engine and the inference."""
