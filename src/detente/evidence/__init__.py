"""What sources say of a disputed quantity, pooled; uses the language's records, not the engine."""
