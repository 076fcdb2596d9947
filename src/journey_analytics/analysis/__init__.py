"""Analyses: pure functions of frames. Each also works on any plain event log."""
