"""What sources say, and what it comes to: knows the scenario's records, not the engine."""
