"""What a night consists of: ingest, build, check, report, publish. Each step reads, calls pure code, and writes."""
