"""Statistics as pure functions on arrays: no tables, no database, no orchestrator."""
