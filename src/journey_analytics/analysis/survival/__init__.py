"""Time until something happens, when for some it has not happened yet."""

from journey_analytics.analysis.survival.competing_risks import cumulative_incidence
from journey_analytics.analysis.survival.lapse_back_test import back_test
from journey_analytics.analysis.survival.lapse_thresholds import LearningOptions, learned_thresholds
from journey_analytics.analysis.survival.log_rank import LogRank, log_rank
from journey_analytics.analysis.survival.silences import dropped_probability
from journey_analytics.analysis.survival.stage_progress import mature_progress, stage_progress
from journey_analytics.analysis.survival.survival import kaplan_meier, survival_summary

__all__ = [
    "LearningOptions",
    "LogRank",
    "back_test",
    "cumulative_incidence",
    "dropped_probability",
    "kaplan_meier",
    "learned_thresholds",
    "log_rank",
    "mature_progress",
    "stage_progress",
    "survival_summary",
]
