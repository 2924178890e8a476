"""What readers see: frames in, files out. No Dagster, no DuckDB."""
