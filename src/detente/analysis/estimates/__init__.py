"""Maximum-likelihood estimates of a scenario's parameters; uses the inference."""
