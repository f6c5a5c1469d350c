"""Whether the record calls for actors who look ahead; uses the engine's foresight and the inference."""
