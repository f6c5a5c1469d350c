"""Public data sets, one file each, read into the event table; uses nothing of a scenario's model."""
