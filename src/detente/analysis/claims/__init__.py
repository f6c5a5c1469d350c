"""Whether claims hold, what would flip them, and which evidence moved them; uses the futures and the inference."""
