"""Findings: what of the rates of a stage model matters, ranked; rates that all watch customers equally long."""

from journey_analytics.analysis.findings.options import FindingOptions
from journey_analytics.analysis.findings.ranking import ranked_findings
from journey_analytics.analysis.findings.watched_rates import watched_rates

__all__ = ["FindingOptions", "ranked_findings", "watched_rates"]
