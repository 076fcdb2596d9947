"""Numbers, durations and names as people read them."""

_CHANNELS = {
    "web": "Web", "email": "E-mail", "ad": "Ads", "support": "Customer support", "survey": "Surveys",
    "social": "Social networks", "store": "Store", "other": "Other",
}  # fmt: skip
_MINUS = "\N{MINUS SIGN}"
_EXACT_BELOW = 0.1
_HOUR, _DAY, _YEAR = 3_600, 86_400, 365 * 86_400
_DAYS_FROM = 48 * _HOUR


def channel_name(channel: str | None) -> str:
    """Name of a channel for people."""
    return _CHANNELS.get(channel or "", channel or "unknown")


def count(number: float) -> str:
    """A whole number with thousands separators."""
    return f"{round(number):,}".replace("-", _MINUS)


def percent(rate: float | None, *, exact: bool = False) -> str:
    """A rate; with one decimal below 10 % and where it stands beside an interval."""
    if rate is None:
        return "–"
    decimals = 1 if exact or 0 < abs(rate) < _EXACT_BELOW else 0
    return f"{rate * 100:.{decimals}f}%".replace("-", _MINUS)


def points(difference: float) -> str:
    """A difference of rates in percentage points, with its sign."""
    return f"{difference * 100:+.1f} pp".replace("-", _MINUS)


def interval(low: float | None, high: float | None) -> str:
    """A 95 % interval of a rate."""
    if low is None or high is None:
        return "–"
    return f"{low * 100:.1f}–{high * 100:.1f}%"


def duration(seconds: float | None) -> str:
    """A duration in its largest fitting unit."""
    if seconds is None:
        return "–"
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def age(seconds: float) -> str:
    """How long ago something was, in words.

    >>> age(20), age(5_400), age(100 * 3_600), age(21 * 86_400)
    ('1 minute', '2 hours', '4 days', '21 days')
    """
    if seconds < _HOUR:
        return plural(max(1, round(seconds / 60)), "minute")
    return plural(round(seconds / _HOUR), "hour") if seconds < _DAYS_FROM else plural(round(seconds / _DAY), "day")


def within(seconds: int | None) -> str:
    """A class of lateness of ``ops.arrivals``.

    >>> within(600), within(3_600), within(14 * 86_400), within(3_155_760_000)
    ('10 min', '1 h', '14 d', '> 1 year')
    """
    if seconds is None:
        return "–"
    if seconds > _YEAR:
        return "> 1 year"
    for size, unit in ((_DAY, "d"), (_HOUR, "h")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds // 60} min"


def expected(low: int | None, high: int | None) -> str:
    """A range of counts that is usual."""
    return "–" if low is None or high is None else f"{count(low)}–{count(high)}"


def month(value: object) -> str:
    """A month, from its first day."""
    return f"{value:%Y-%m}" if hasattr(value, "strftime") else str(value)


def plural(number: int, one: str, many: str | None = None) -> str:
    """``1 customer``, ``2 customers``."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"
