"""What is counted per month, in SQL over the journey tables of two builds: each thing with its cause.

The tables of a build, cut at an earlier watermark, are those that this watermark would have given: sessions, visits
and journeys are named by their first event, and no rule looks ahead. So a thing of the part that both builds look at,
up to the earlier of their watermarks, is there or not for the reason that touched its customer; what lies behind that
is there because one build looks further (``period``), or has had its outcome since (``outcomes``).
"""

from dataclasses import dataclass

COLUMNS = "measure, stage_model, name, month, cause, change"


@dataclass(frozen=True)
class Side:
    """One of the two builds that are compared: ``before``, which counts down, or ``now``, which counts up."""

    name: str
    change: int

    def items(self) -> str:
        """SQL of everything that is counted: rows of ``COLUMNS``, of which those of both sides add up."""
        return " union all ".join(
            f"select {COLUMNS} from ({sql})"
            for sql in (
                self._touchpoints("touchpoints", "true"),
                self._touchpoints("interactions", f"is_interaction_{self.name}"),
                self._active(),
                self._started(),
                self._sessions(),
                self._conversions(),
                self._reached(),
                self._journeys(),
            )
        )

    def _touchpoints(self, measure: str, condition: str) -> str:
        return self._counted(
            f"'{measure}' as measure, '' as stage_model, '' as name, at_{self.name} as moment, at_{self.name} as since",
            f"compared_events where customer_{self.name} is not null and not is_same and {condition}",
            customer=f"customer_{self.name}",
            cause="own_cause",
        )

    def _active(self) -> str:
        """Whoever has no event that differs is as active as before."""
        months = f"""
            (
                select customer_{self.name} as customer_key, {self._month(f"at_{self.name}")} as active_month,
                    min(at_{self.name}) as moment
                from compared_events cross join compared
                where is_interaction_{self.name}
                    and customer_{self.name} in (select customer_key from customer_causes where has_other_events)
                group by all
            )
        """
        return self._counted(
            "'customers_active' as measure, '' as stage_model, '' as name, moment, moment as since", months
        )

    def _started(self) -> str:
        return self._counted(
            "'customers_started' as measure, '' as stage_model, '' as name, moment, moment as since",
            f"({self._starts})",
        )

    def _sessions(self) -> str:
        return self._counted(
            "'sessions' as measure, '' as stage_model, '' as name, started_at as moment, started_at as since",
            f"sessions_{self.name}",
        )

    def _conversions(self) -> str:
        return self._counted(
            "'conversions' as measure, stage_model, conversion as name, occurred_at as moment, occurred_at as since",
            f"conversions_{self.name}",
        )

    def _reached(self) -> str:
        """A customer has reached a stage with the first visit to it or to a later one."""
        reached = f"""
            (
                select customer_key, stage_model, stages.stage, min(entered_at) as since,
                    any_value(starts.moment) as moment
                from (
                    select customer_key, stage_model, stage, min(entered_at) as entered_at
                    from stage_visits_{self.name} group by all
                ) as visits
                inner join stages_{self.name} as visited using (stage_model, stage)
                inner join stages_{self.name} as stages using (stage_model)
                inner join ({self._starts}) as starts using (customer_key)
                where stages.stage_index <= visited.stage_index
                group by all
            )
        """
        return self._counted("'customers_reached' as measure, stage_model, stage as name, moment, since", reached)

    @property
    def _starts(self) -> str:
        """First interactions: every interaction is part of a journey, whatever the model."""
        return f"select customer_key, min(started_at) as moment from journeys_{self.name} group by customer_key"

    def _journeys(self) -> str:
        """As they were at the earlier watermark, and what became of them up to that of their own build."""
        later = "if(started_at <= shared_at and not coalesce(goal_reached_at > shared_at, false), 'outcomes', 'period')"
        return f"""
            select 'journeys' as measure, stage_model, part.outcome as name, month, part.cause as cause,
                part.change as change
            from (
                select stage_model, {self._month("started_at")} as month,
                    {outcome_at("shared_at")} as shared_outcome, coalesce(causes.cause, 'period') as shared_cause,
                    {outcome_at(f"{self.name}_at")} as own_outcome, {later} as later_cause,
                    {self.change} * count(*) as change
                from journeys_{self.name} as journeys cross join compared
                left join customer_causes as causes using (customer_key)
                group by all
            ) as alike
            cross join unnest([
                struct_pack(outcome := shared_outcome, cause := shared_cause, change := alike.change),
                struct_pack(outcome := shared_outcome, cause := later_cause, change := -alike.change),
                struct_pack(outcome := own_outcome, cause := later_cause, change := alike.change)
            ]) as parts (part)
            where part.outcome is not null
        """

    def _counted(self, what: str, source: str, customer: str = "customer_key", cause: str = "null") -> str:
        return f"""
            select measure, stage_model, name, {self._month("moment")} as month,
                if(since <= shared_at, coalesce(own_cause, causes.cause, 'period'), 'period') as cause,
                {self.change} as change
            from (select {what}, {customer} as customer_key, {cause} as own_cause from {source}) as things
            cross join compared
            left join customer_causes as causes using (customer_key)
        """

    def _month(self, at: str) -> str:
        return f"cast(date_trunc('month', {at} at time zone zone_{self.name}) as date)"


BEFORE, NOW = Side("before", -1), Side("now", 1)


def outcome_at(moment: str) -> str:
    """SQL of what a journey was by a time; null if it had not begun. The same as in ``marts.journey_outcomes``."""
    return f"""
        case
            when started_at > {moment} then null
            when goal_reached_at <= {moment} then 'completed'
            when lapses_at < {moment} then 'dropped_off'
            else 'open'
        end
    """
