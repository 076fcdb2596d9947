"""A stage model as its file writes it: every key, with its meaning. ``docs/stage_models.md`` is made from this."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from journey_analytics.config.setting_values import Duration, Name, Section, Texts


def _some(texts: tuple[str, ...]) -> tuple[str, ...]:
    if not texts:
        raise ValueError("an empty list matches nothing; write at least one text, or leave the key out.")
    return texts


def _no_truth(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("true and false are no numbers; write for example '>= 9', '>= 3, < 6' or 5.")  # noqa: TRY004, pydantic tells of a ValueError
    return value


def _as_list(value: object) -> object:
    return [value] if isinstance(value, dict) else value


SomeTexts = Annotated[Texts, AfterValidator(_some)]
Limit = Annotated[str | int | float, BeforeValidator(_no_truth), Field(description="number or comparisons")]
Properties = Annotated[
    dict[str, Texts | int | float | bool],
    Field(description="table of texts, numbers, comparisons, `true`, `false`"),
]
Identifiers = Annotated[
    SomeTexts,
    Field(description='`"user_id"`, `"email"`, `"phone"`, `"anonymous_id"`, `"device_id"`, or a list of these'),
]


class WrittenEvent(Section):
    """What an event must say itself.

    Attributes:
        source: Name of the source, as in journey.toml.
        channel: Where the contact happened: web, email, ad, support, survey, social, store or other.
        entry_channel: The channel that brought the customer: a page view after a paid click enters by ``ad``.
        actor: Who acted. Rules are asked about interactions only, and those are the customer's.
        event_type: What happened, in our words: the event types below, or a vendor's name in snake_case.
        event_name: What happened, in the vendor's words.
        campaign_source: ``utm_source`` or its like.
        campaign_medium: ``utm_medium`` or its like.
        campaign_name: ``utm_campaign`` or its like.
        campaign_id: The ad or mail platform's campaign id.
        channel_group: Google's default channel group of the visit.
        page_url: Whole address of the page on which it happened.
        page_path: Path of that address alone: without host, without what follows ``?`` or ``#``, and without a ``/`` at
            the end. The start page is ``/``.
        referrer: Whole address of the page that led there.
        currency: ISO 4217 code.
        value: Money, in the event's currency.
        score: Answer on a survey's own scale.
        properties: What else the row says: a dotted path into its JSON, in quotation marks, and what must stand there.
    """

    source: SomeTexts = ()
    channel: SomeTexts = ()
    entry_channel: SomeTexts = ()
    actor: SomeTexts = ()
    event_type: SomeTexts = ()
    event_name: SomeTexts = ()
    campaign_source: SomeTexts = ()
    campaign_medium: SomeTexts = ()
    campaign_name: SomeTexts = ()
    campaign_id: SomeTexts = ()
    channel_group: SomeTexts = ()
    page_url: SomeTexts = ()
    page_path: SomeTexts = ()
    referrer: SomeTexts = ()
    currency: SomeTexts = ()
    value: Limit | None = None
    score: Limit | None = None
    properties: Properties = {}


class WrittenSession(Section):
    """The session that the interaction is in, as far as it has come. All that is given must hold.

    What is known by its day only is in no session, and nothing of this holds for it.

    Attributes:
        index: Number of the session among the customer's, from 1.
        position: Number of the interaction within its session, from 1.
        days_since_previous: Days from the customer's last interaction in a session before this one to the first in this
            one. The first session has none.
        entry_channel: The channel that brought the customer to the session's first interaction.
        channel_group: Google's default channel group of the session's first interaction.
        campaign_source: ``utm_source`` or its like of the session's first interaction.
        campaign_medium: ``utm_medium`` or its like of the session's first interaction.
        campaign_name: ``utm_campaign`` or its like of the session's first interaction.
        landing_page: Whole address of the session's first page, if its first interaction was on a page.
        landing_path: The path of that address.
    """

    index: Limit | None = None
    position: Limit | None = None
    days_since_previous: Limit | None = None
    entry_channel: SomeTexts = ()
    channel_group: SomeTexts = ()
    campaign_source: SomeTexts = ()
    campaign_medium: SomeTexts = ()
    campaign_name: SomeTexts = ()
    landing_page: SomeTexts = ()
    landing_path: SomeTexts = ()


class WrittenConditions(WrittenEvent):
    """What an event must be. All of these must hold.

    Attributes:
        session: The session so far: keys of its own, below.
        known_by: Who the customer is was known by then: an event up to this one carried an identifier of this kind.
        when: Facts of the customer's life so far. All of them must hold.
    """

    session: WrittenSession | None = None
    known_by: Identifiers = ()
    when: SomeTexts = ()


Exceptions = Annotated[
    tuple[WrittenConditions, ...],
    BeforeValidator(_as_list),
    Field(description="table of conditions, or list of such tables"),
]


class WrittenRule(WrittenConditions):
    """Puts an interaction into a stage. Rules are asked from top to bottom; the first that matches wins.

    Attributes:
        stage: Name of the stage. ``"(unmapped)"`` leaves the interaction out of every stage on purpose.
        id: Name of the rule in tables and in ``journey explain``. Without it: the stage and the rule's number, such as
            ``buy_3``.
        unless: Exceptions: conditions under which the rule does not match after all.
    """

    stage: str
    id: str | None = None
    unless: Exceptions = ()


class WrittenConversion(WrittenConditions):
    """Interactions that count as a conversion.

    Attributes:
        name: Name of the conversion in tables.
        counts: ``first``: the first of each customer. ``every``: each one.
        unless: Exceptions: conditions under which it is none after all.
    """

    name: str = "conversion"
    counts: Literal["first", "every"] = "first"
    unless: Exceptions = ()


class WrittenNamedEvent(WrittenEvent):
    """Gives some events a name of their own, by which facts speak of them as of an event type.

    Attributes:
        name: Small letters, digits and ``_``, beginning with a letter. No event type may have it.
    """

    name: Name


class WrittenStage(Section):
    """A step of the model. The order in which stages stand is the order of the funnel.

    Attributes:
        name: Small letters, digits and ``_``, beginning with a letter.
        title: Name in the pages. Without it: the name with a capital and spaces.
        description: What it means; stands in ``journeys.stages``.
        is_goal: Whether reaching it completes a journey.
        lapse_after: How long the silence of a customer in this stage may last, instead of ``journeys.lapse_after``.
    """

    name: Name
    title: str = ""
    description: str = ""
    is_goal: bool = False
    lapse_after: Duration | None = None


class WrittenExample(Section):
    """A short life of one customer, with the stages that its events should get. ``journey rules test`` tries it.

    Attributes:
        name: What it shows.
        life: A table of text: a line with names of columns, then one per event, cells between ``|``.
    """

    name: str = Field(min_length=1)
    life: str


class WrittenExamples(Section):
    """The examples alone, as a file beside the model writes them."""

    examples: tuple[WrittenExample, ...] = ()


class WrittenModel(Section):
    """A stage model: one TOML file.

    Attributes:
        name: Small letters, digits and ``_``, beginning with a letter.
        title: Name for people who read the file; tables and pages show ``name``.
        description: What the model is about, for people who read the file.
        stages: The stages, in order.
        events: Events with a name of their own, for facts.
        rules: The rules, in order.
        conversions: What counts as a conversion.
        examples: Short lives of customers with the stages that come out. They may also stand beside the model, those of
            ``stages.toml`` in ``stages.examples.toml``.
    """

    name: Name
    title: str = ""
    description: str = ""
    stages: tuple[WrittenStage, ...] = Field(min_length=1)
    events: tuple[WrittenNamedEvent, ...] = ()
    rules: tuple[WrittenRule, ...] = Field(min_length=1)
    conversions: tuple[WrittenConversion, ...] = ()
    examples: tuple[WrittenExample, ...] = ()
