"""What the parties could agree on, by course and date; uses the futures and the inference."""
