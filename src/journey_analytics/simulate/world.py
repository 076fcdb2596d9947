"""The simulated world in numbers: with habits and rates, every probability there is, so that tests can vary them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from journey_analytics.simulate.habits import HABITS, Habit
from journey_analytics.simulate.rates import Dirt, Mail, Odd, Rhythm, Support, Surveys, Web
from journey_analytics.vocabulary import Channel


@dataclass(frozen=True)
class Planted:
    """The one effect to be found: in one month more newcomers to a stage drop out, if one channel brought them."""

    channel: Channel = Channel.AD
    stage: str = "acquisition"
    month: date = date(2026, 3, 1)
    drop_off_probability: float = 0.80


@dataclass(frozen=True)
class AdPush:
    """Days on which the ads bring more people; more, not other people."""

    first_day: date = date(2026, 2, 16)
    last_day: date = date(2026, 3, 27)
    factor: float = 2.4


@dataclass(frozen=True)
class World:
    """The whole simulated world.

    Attributes:
        first_day: First day of the period, in UTC.
        months: Its length.
        time_zone: Where the customers live; also the zone of the ad account and of the survey tool.
        entry_shares: Which channel brings customers first.
        awareness_drop_off: Share that goes silent in awareness, by that channel.
        habits: How customers behave, by stage.
        starts_with_intent: Share that skips awareness.
        comes_back: Share of those who went silent that start another journey later.
        silence_days: Shortest such silence; longer than the 30 days after which a journey counts as ended.
        mean_return_days: How much longer the silence is on average.
        planted: The effect to be found; None for a world without one.
        ad_push: A campaign that brings more people; None for none.
        rhythm: When people come.
        web: What visits are like.
        odd: Which identifiers are not what they should be.
        mail: What becomes of e-mails.
        support: How tickets go.
        surveys: How surveys are answered.
        dirt: How badly files arrive.
    """

    first_day: date = date(2025, 5, 1)
    months: int = 18
    time_zone: str = "Europe/Prague"
    entry_shares: Mapping[Channel, float] = field(
        default_factory=lambda: {
            Channel.WEB: 0.40,
            Channel.AD: 0.30,
            Channel.EMAIL: 0.18,
            Channel.SOCIAL: 0.08,
            Channel.SUPPORT: 0.04,
        }
    )
    awareness_drop_off: Mapping[Channel, float] = field(
        default_factory=lambda: {
            Channel.WEB: 0.39,
            Channel.AD: 0.40,
            Channel.EMAIL: 0.35,
            Channel.SOCIAL: 0.46,
            Channel.SUPPORT: 0.30,
        }
    )
    habits: Mapping[str, Habit] = field(default_factory=lambda: HABITS)
    starts_with_intent: float = 0.05
    comes_back: float = 0.065
    silence_days: int = 34
    mean_return_days: float = 40.0
    planted: Planted | None = field(default_factory=Planted)
    ad_push: AdPush | None = field(default_factory=AdPush)
    rhythm: Rhythm = field(default_factory=Rhythm)
    web: Web = field(default_factory=Web)
    odd: Odd = field(default_factory=Odd)
    mail: Mail = field(default_factory=Mail)
    support: Support = field(default_factory=Support)
    surveys: Surveys = field(default_factory=Surveys)
    dirt: Dirt = field(default_factory=Dirt)

    def drop_off_probability(self, stage: str, channel: Channel) -> float:
        """Share that goes silent in a stage, without what is planted."""
        if stage == "awareness" and channel in self.awareness_drop_off:
            return self.awareness_drop_off[channel]
        return round(1.0 - sum(self.habits[stage].moves.values()), 9)

    @property
    def end(self) -> date:
        """The day after the last."""
        return months_later(self.first_day, self.months)

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.first_day).days

    @property
    def starts_at(self) -> int:
        """First instant, in milliseconds since 1970."""
        return _milliseconds(self.first_day)

    @property
    def ends_at(self) -> int:
        """First instant after the period, in milliseconds since 1970."""
        return _milliseconds(self.end)


def months_later(day: date, months: int) -> date:
    """The same day of a later month.

    >>> months_later(date(2025, 5, 1), 18)
    datetime.date(2026, 11, 1)
    """
    count = day.year * 12 + day.month - 1 + months
    return day.replace(year=count // 12, month=count % 12 + 1)


def _milliseconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000
