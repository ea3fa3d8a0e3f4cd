"""Verification of the archive: do bucket, tables and index hold what they say, and what can be repaired."""
