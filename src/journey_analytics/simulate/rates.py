"""Rates: how often everything happens that is no matter of the stage, from the hours of the day to broken rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Rhythm:
    """When people come.

    Attributes:
        growth: How many times as many people start on the last day as on the first.
        weekdays: Relative number of people who start on each day of the week, Monday first.
        at_work: Share of people who come from work: in business hours, never at week-ends.
        work_hours: Relative number of their visits in each hour of the day.
        home_hours: The same of the others. Nobody comes between midnight and six: so no visit starts in an hour that
            a clock change repeats or skips, and local days do not straddle the ends of the period.
        pace_spread: How much people differ in the time between visits (standard deviation of its logarithm).
        gap_shape: How regular visits are: the shape of the gamma distribution of the days between them.
    """

    growth: float = 1.6
    weekdays: tuple[float, ...] = (1.0, 1.05, 1.05, 1.0, 0.9, 0.6, 0.7)
    at_work: float = 0.4
    work_hours: tuple[int, ...] = (0, 0, 0, 0, 0, 0, 1, 4, 9, 11, 11, 10, 6, 8, 10, 10, 8, 6, 3, 2, 2, 1, 1, 0)
    home_hours: tuple[int, ...] = (0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 4, 4, 5, 4, 4, 5, 6, 8, 9, 11, 11, 8, 4, 1)
    pace_spread: float = 0.2
    gap_shape: float = 4.0


@dataclass(frozen=True)
class Web:
    """Visits to the site: how they begin, on which devices, what is bought; and the crawlers."""

    first_by_web: Mapping[str, float] = field(
        default_factory=lambda: {"direct": 0.30, "search": 0.55, "referral": 0.15}
    )
    before_sign_up: Mapping[str, float] = field(
        default_factory=lambda: {"direct": 0.50, "search": 0.28, "referral": 0.07, "ad": 0.10, "social": 0.05}
    )
    after_sign_up: Mapping[str, float] = field(
        default_factory=lambda: {"direct": 0.85, "search": 0.07, "referral": 0.03, "ad": 0.03, "social": 0.02}
    )
    zeal_spread: float = 0.5
    second_device: float = 0.35
    third_device: float = 0.08
    other_device_before_sign_up: float = 0.02
    other_device_after_sign_up: float = 0.25
    never_identified: float = 0.12
    logged_in: float = 0.92
    signs_in_anew: float = 0.4
    leaves_email: float = 0.08
    link_names_recipient: float = 0.88
    buys_first: float = 0.3
    signs_up_and_leaves: float = 0.08
    second_feature: float = 0.4
    first_order: float = 0.25
    later_order: float = 0.10
    median_revenue: float = 38.0
    revenue_spread: float = 0.6
    reviews: float = 0.7
    shares: float = 0.5
    bot_rows: float = 0.012


@dataclass(frozen=True)
class Odd:
    """Shares of the identifiers that are not what they should be."""

    shared_devices: float = 0.012
    renamed_users: float = 0.015
    capitals: float = 0.05
    blocked_values: float = 0.004
    mailbox_users: int = 8
    shared_mailbox: str = "info@example.org"


@dataclass(frozen=True)
class Mail:
    """E-mails that the company sends, and what becomes of them; rates are shares of all e-mails."""

    newsletter_until_days: int = 60
    calm_days: int = 26
    bounces_always: float = 0.01
    bounces: float = 0.004
    deferred: float = 0.02
    uses_proxy: float = 0.3
    opens: float = 0.3
    mean_hours_to_open: float = 4.0
    newsletter_clicks: float = 0.14
    welcome_clicks: float = 0.3
    unsubscribes: float = 0.008
    spam_reports: float = 0.1
    articles_read: float = 0.5
    names_customer: float = 0.6


@dataclass(frozen=True)
class Support:
    """How tickets go."""

    notes: float = 0.25
    priorities: float = 0.1
    replies: float = 0.4
    reopens: float = 0.06
    closes: float = 0.8
    offered: float = 0.7
    rated: float = 0.4
    good: float = 0.8


@dataclass(frozen=True)
class Surveys:
    """Answers to the survey tool; ``satisfaction`` is the share of each score from 1 to 5."""

    asked_after_order: float = 0.15
    satisfaction: tuple[float, ...] = (0.03, 0.05, 0.12, 0.35, 0.45)
    comments: float = 0.3
    edited: float = 0.05
    by_email: float = 0.7
    by_user: float = 0.6


@dataclass(frozen=True)
class Dirt:
    """How badly files arrive.

    Attributes:
        late: Share of rows that arrive hours or days after the fact.
        longest_delay_hours: The latest of them.
        repeated: Share of deliveries that are repeated by a retry.
        repeated_soon: Share of the retries that come within minutes, not days.
        bad: Share of rows that stand there once more, damaged; at least one of each kind, unless it is 0.
        rows_beside_bad: Files with fewer rows have no bad ones, so that no file is mostly bad.
        most_bad: Largest share of bad rows in a file.
        most_bad_of_feed: Largest share of bad rows in all files of a kind.
        cut_short: Share of files that end within a row.
    """

    late: float = 0.01
    longest_delay_hours: float = 72.0
    repeated: float = 0.01
    repeated_soon: float = 0.5
    bad: float = 0.004
    rows_beside_bad: int = 60
    most_bad: float = 0.03
    most_bad_of_feed: float = 0.01
    cut_short: float = 0.15
