"""What data must be: the survey contract and what is compiled from it. No Dagster, no DuckDB."""
