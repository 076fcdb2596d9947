"""What customers do next, and how far such guesses can be trusted."""

from journey_analytics.analysis.next_steps.next_step_scores import NextStepScores, next_step_scores
from journey_analytics.analysis.next_steps.next_steps import next_steps
from journey_analytics.analysis.next_steps.step_sequences import StepSequences, step_sequences

__all__ = [
    "NextStepScores",
    "StepSequences",
    "next_step_scores",
    "next_steps",
    "step_sequences",
]
