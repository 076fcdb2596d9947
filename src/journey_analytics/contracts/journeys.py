"""One row per thing: recomputed from staging, for each customer as a whole."""

from journey_analytics.contracts.table import declare_table

IDENTIFIER_SETS = declare_table(
    "journeys.identifier_sets",
    "set of identifiers that occur together, in events or in a reference row",
    "set_key",
    """
    set_key UBIGINT!       | staging.events.
    user_id VARCHAR        | The business's own customer number.
    email VARCHAR          | E-mail address.
    phone VARCHAR          | Telephone number.
    anonymous_id VARCHAR   | Browser or visitor id.
    device_id VARCHAR      | Device id.
    previous_id VARCHAR    | Alias events: the user id that user_id continues.
    vendor_ids STRUCT(kind VARCHAR, value VARCHAR)[] | Ids that a vendor gives its contacts, by kind.
    click_id VARCHAR       | Click id of an ad platform.
    click_id_type VARCHAR  | gclid, fbclid, ...
    first_occurred_at TIMESTAMPTZ | First event; null for sets that only reference rows have.
    last_occurred_at TIMESTAMPTZ | Last event, of sets of a user on a device; only with shared_device = "last_user".
    component_key UBIGINT  | Sets that share identifiers, directly or through others: the least set_key of them.
    customer_key UBIGINT   | Customer whose events they are; null where every identifier is blocked.
    """,
)

IDENTITIES = declare_table(
    "journeys.identities",
    "identifier and the customer who owns it",
    "kind, value",
    """
    kind VARCHAR!         | user_id, email, a vendor's id kind, phone, anonymous_id, device_id or a click id type.
    value VARCHAR!        | The identifier.
    customer_key UBIGINT! | Customer who owns it.
    rule VARCHAR!         | user_id, alias, one_profile, component, shared, last_user, over_connected or alone.
    component_key UBIGINT! | Component of the identifier sets that it occurs in.
    """,
)

TOUCHPOINTS = declare_table(
    "journeys.touchpoints",
    "event of a known customer, up to the watermark",
    "event_key",
    """
    event_key UBIGINT!        | staging.events.
    customer_key UBIGINT!     | Customer.
    touchpoint_index INTEGER! | Place among the customer's touchpoints, from 1.
    session_key UBIGINT       | Session: key of its first event; null outside sessions.
    is_interaction BOOLEAN!   | A deliberate act of the customer.
    stage VARCHAR             | Stage by the main model; (unmapped) when no rule matches.
    rule_id VARCHAR           | Rule that gave the stage.
    stages_code BIGINT!       | What all models say of it: journeys.stage_codes.
    purchase_phase VARCHAR!   | before, during or after the purchases of the customer.
    is_indirect_contact BOOLEAN! | Reached through others: social, referral, review, word of mouth.
    is_direct_traffic BOOLEAN! | An interaction on the web whose source is not known.
    """,
)

SESSIONS = declare_table(
    "journeys.sessions",
    "session of a customer",
    "session_key",
    """
    session_key UBIGINT!       | Key of its first event.
    customer_key UBIGINT!      | Customer.
    session_index INTEGER!     | From 1.
    started_at TIMESTAMPTZ!    | First interaction.
    ended_at TIMESTAMPTZ!      | Last interaction.
    entry_channel VARCHAR!     | Channel that brought the customer.
    entry_source VARCHAR       | Campaign source of the first interaction.
    entry_medium VARCHAR       | Campaign medium of the first interaction.
    entry_campaign VARCHAR     | Campaign name of the first interaction.
    touchpoints_count INTEGER! | Interactions in it.
    stage VARCHAR              | Stage of its last mapped interaction, by the main model.
    """,
)

STAGE_VISITS = declare_table(
    "journeys.stage_visits",
    "unbroken stay of a customer in a stage, within a journey",
    "stage_model, visit_key",
    """
    stage_model VARCHAR!         | Stage model.
    visit_key UBIGINT!           | Key of its first event.
    journey_key UBIGINT!         | Journey.
    customer_key UBIGINT!        | Customer.
    visit_index INTEGER!         | From 1 within the journey.
    stage VARCHAR!               | Stage.
    previous_stage VARCHAR       | Stage of the visit before, in this journey.
    next_stage VARCHAR           | Stage of the visit after, in this journey.
    entered_at TIMESTAMPTZ!      | First interaction in the stage.
    left_at TIMESTAMPTZ          | First interaction of the next visit; null for the last.
    last_interaction_at TIMESTAMPTZ! | Last interaction in the stage.
    touchpoints_count INTEGER!   | Interactions mapped to the stage.
    """,
)

JOURNEYS = declare_table(
    "journeys.journeys",
    "customer's interactions without a silence longer than the stage allows",
    "stage_model, journey_key",
    """
    stage_model VARCHAR!         | Stage model.
    journey_key UBIGINT!         | Key of its first event.
    customer_key UBIGINT!        | Customer.
    journey_index INTEGER!       | From 1.
    started_at TIMESTAMPTZ!      | First interaction.
    last_interaction_at TIMESTAMPTZ! | Last interaction.
    lapses_at TIMESTAMPTZ!       | When silence becomes a drop-off: last interaction + the limit of its stage.
    goal_reached_at TIMESTAMPTZ  | First interaction in a goal stage in this journey.
    first_channel VARCHAR!       | Entry channel of its first interaction.
    stages VARCHAR[]!            | Stages in the order of the visits.
    touchpoints_count INTEGER!   | Interactions.
    sessions_count INTEGER!      | Sessions that hold at least one of them.
    """,
)

TRANSITIONS = declare_table(
    "journeys.transitions",
    "step into a stage, from the start of the journey or from another stage",
    "stage_model, visit_key",
    """
    stage_model VARCHAR!       | Stage model.
    visit_key UBIGINT!         | Visit that begins with the step.
    journey_key UBIGINT!       | Journey.
    customer_key UBIGINT!      | Customer.
    transition_index INTEGER!  | From 1 within the journey.
    from_stage VARCHAR!        | (start) or a stage.
    to_stage VARCHAR!          | Stage.
    occurred_at TIMESTAMPTZ!   | When the step was made.
    elapsed_microseconds BIGINT | Since the stage before was entered; null from (start).
    """,
)

CONVERSIONS = declare_table(
    "journeys.conversions",
    "event that a stage model declares a conversion",
    "stage_model, conversion, event_key",
    """
    stage_model VARCHAR!       | Stage model.
    conversion VARCHAR!        | Name in the model.
    event_key UBIGINT!         | staging.events.
    customer_key UBIGINT!      | Customer.
    occurred_at TIMESTAMPTZ!   | When.
    """,
)

STAGES = declare_table(
    "journeys.stages",
    "stage of a stage model",
    "stage_model, stage",
    """
    stage_model VARCHAR!     | Stage model.
    stage VARCHAR!           | Name.
    stage_index INTEGER!     | Order, from 1.
    title VARCHAR!           | Name for people.
    description VARCHAR!     | What it means.
    is_goal BOOLEAN!         | Reaching it completes a journey.
    is_main_model BOOLEAN!   | The model that sessions and touchpoints show.
    lapse_after_microseconds BIGINT! | Silence after which a journey in this stage has lapsed.
    lapse_origin VARCHAR!    | Where that limit is from: stage_model, learned, setting or default.
    """,
)

STAGE_CODES = declare_table(
    "journeys.stage_codes",
    "what a stage model can say of a touchpoint",
    "stage_model, code",
    """
    stage_model VARCHAR!     | Stage model.
    unit BIGINT!             | One of its codes counts so much in journeys.touchpoints.stages_code,
    codes_count BIGINT!      | and it has so many: the code is (stages_code // unit) % codes_count.
    code BIGINT!             | From 0.
    stage VARCHAR            | Stage; (unmapped) for interactions without one, null before the first stage.
    rule_id VARCHAR          | Rule that took the interaction; null where none did, and for what is no interaction.
    """,
)
