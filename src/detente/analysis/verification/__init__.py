"""Whether the fit can be believed: calibration, and samplers against each other; uses the inference."""
