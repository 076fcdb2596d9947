"""The only door to DuckDB."""
