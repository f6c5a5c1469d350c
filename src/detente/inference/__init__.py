"""From a scenario and its record to a posterior: density, samplers, evidence, diagnostics; uses the engine."""
