"""What every contender of ``core.py`` computes, in the same words, so that results can be compared.

Interactions of each customer in the order of time; sessions of them; a stage for each by its event type; journeys,
which end with a silence; and the steps from stage to stage within journeys. Stages by event type alone, and no longest
session, because not every contender can say more; the package's own model also looks at what a customer did before.
"""

SESSION_TIMEOUT_MINUTES = 30
LAPSE_AFTER_DAYS = 30
START = "(start)"

NO_INTERACTIONS = ("ad_impression", "email_open", "email_sent", "ticket_solved")

STAGES = {
    "awareness": ("page_view", "click", "ad_click", "email_click", "email_unsubscribe"),
    "acquisition": ("search", "product_view", "add_to_cart", "checkout_started"),
    "onboarding": ("sign_up", "login"),
    "engagement": ("purchase", "feature_used", "ticket_created", "ticket_comment", "csat_response"),
    "advocacy": ("review", "share", "referral", "nps_response"),
}
"""Event types of each stage; every interaction has one."""

Result = dict[str, int]
"""``sessions``, ``session_microseconds`` (the sum of their durations), ``longest_session`` (most events in one), and
how often each step ``from > to`` occurs."""


def add_up(results: list[Result]) -> Result:
    """The result of files that hold customers of their own, from the results of each."""
    total: Result = {}
    for result in results:
        for name, value in result.items():
            is_greatest = name == "longest_session"
            total[name] = max(total.get(name, 0), value) if is_greatest else total.get(name, 0) + value
    return total
