"""What changed settings and models would count, beside what the last build counted; and what cannot be told before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from journey_analytics.stage_model import StageModel
from journey_analytics.transform.outcome_counts import OutcomeCounts
from journey_analytics.vocabulary import Outcome

_NAMES = {Outcome.COMPLETED: "completed", Outcome.DROPPED_OFF: "dropped off", Outcome.OPEN: "still open"}
_LATER = {
    "identity": "who is who by the changed [identity]",
    "sources": "what added or removed sources change",
    "time zone": "days and months by the changed time zone",
}
_STAGES_SHOWN = 7


@dataclass(frozen=True)
class Foretold:
    """A model's numbers as they are, None where it is new, and as they would be."""

    model: str
    before: OutcomeCounts | None
    after: OutcomeCounts

    @property
    def lines(self) -> Iterator[str]:
        """What would differ, in sentences."""
        if self.before is None:
            counted = ", ".join(f"{count:,} {_NAMES[outcome]}" for outcome, count in self.after.journeys.items())
            yield f"would count      {self.model}, which is new: journeys {counted}"
            return
        before, after = self.before, self.after
        if self.is_same:
            yield f"would count      {self.model}: journeys, customers by stage and conversions stay as they are"
            return
        told = [_told(name, before.journeys[outcome], after.journeys[outcome]) for outcome, name in _NAMES.items()]
        yield f"would count      {self.model}: journeys {', '.join(told)}"
        moved = [
            _told(stage, before.reached.get(stage, 0), number)
            for stage, number in after.reached.items()
            if number != before.reached.get(stage)
        ]
        moved += [f"{stage} is no stage any more" for stage in before.reached if stage not in after.reached]
        if moved:
            more = f", and {len(moved) - _STAGES_SHOWN} other stages" if len(moved) > _STAGES_SHOWN else ""
            yield f"{'':<17}customers who reached {', '.join(moved[:_STAGES_SHOWN])}{more}"
        if list(before.reached) != list(after.reached):
            yield f"{'':<17}stages in this order: {', '.join(after.reached)}"
        if before.conversions_count != after.conversions_count:
            yield f"{'':<17}{_told('conversions', before.conversions_count, after.conversions_count)}"

    @property
    def is_same(self) -> bool:
        """Whether no number would differ."""
        before, after = self.before, self.after
        if before is None:
            return False
        same_order = list(before.furthest.items()) == list(after.furthest.items())
        return same_order and (before.journeys, before.conversions_count) == (after.journeys, after.conversions_count)

    @property
    def document(self) -> dict[str, Any]:
        """The same as data."""
        return {
            "stage_model": self.model,
            "before": _document(self.before) if self.before else None,
            "after": _document(self.after),
        }


def foretold(
    models: Sequence[StageModel], before: Mapping[str, OutcomeCounts], after: Mapping[str, OutcomeCounts]
) -> list[Foretold]:
    """The models side by side, the main one first; a model that goes is left out."""
    return [Foretold(model.name, before.get(model.name), after[model.name]) for model in models if model.name in after]


def not_foretold(changed: Sequence[str], read_again: Sequence[str], *, has_new_files: bool) -> list[str]:
    """What a plan cannot say before files are read and identities are decided.

    Args:
        changed: What decides everything and changed since the last build.
        read_again: Sources whose settings changed.
        has_new_files: Whether other files wait.
    """
    found = [f"what the settings of {source} change: all of its rows would be read again" for source in read_again]
    found += [told for name, told in _LATER.items() if name in changed]
    if has_new_files:
        found.append("what the new files bring")
    return found


def _told(name: str, before: int, after: int) -> str:
    change = after - before
    return f"{name} {before:,} → {after:,} ({change:+,})" if change else f"{name} {after:,} as before"


def _document(counts: OutcomeCounts) -> dict[str, Any]:
    return {
        "journeys": {outcome.value: count for outcome, count in counts.journeys.items()},
        "reached": counts.reached,
        "conversions": counts.conversions_count,
    }
