"""What is asked of a fitted scenario, one folder a subject; uses every room below, and the report's words alone."""
