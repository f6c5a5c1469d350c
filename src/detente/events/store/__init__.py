"""Events, ledgers, runs and forecasts kept in one DuckDB file; uses the event table."""
