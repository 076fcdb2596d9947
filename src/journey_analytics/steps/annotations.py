"""Annotations of journey.toml as the rows that the published file shows."""

import polars as pl

from journey_analytics.config import Settings
from journey_analytics.config.annotations import annotation_spans
from journey_analytics.contracts import ANNOTATIONS


def annotation_rows(settings: Settings) -> pl.DataFrame:
    """The rows of ``ops.annotations``, numbered in the order of time."""
    spans = annotation_spans(settings.annotations, settings.project.time_zone)
    rows = sorted(
        (start, end is None, end or start, annotation.label, annotation.kind)
        for annotation, (start, end) in zip(settings.annotations, spans, strict=True)
    )
    found = [
        {
            "annotation_index": index,
            "started_at": start,
            "ended_at": None if is_moment else end,
            "kind": kind,
            "label": label,
        }
        for index, (start, is_moment, end, label, kind) in enumerate(rows, 1)
    ]
    return pl.DataFrame(found, schema=ANNOTATIONS.schema)
