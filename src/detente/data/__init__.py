"""Public data: where a user keeps the files, and one file per source that reads them. Never the network."""
