"""What arrived, in one clean shape: the durable fact."""

from journey_analytics.contracts.table import declare_table

EVENTS = declare_table(
    "staging.events",
    "canonical event, as the winning row of its key says it",
    "source, event_id",
    """
    source VARCHAR!            | Name of the [[sources]] block it came through.
    event_id VARCHAR!          | Vendor's id, or a hash of the declared key or of the content, behind the source's name.
    event_key UBIGINT!         | First 64 bits of md5(event_id): the join key inside the pipeline.
    occurred_at TIMESTAMPTZ!   | When it happened; start of the local day for day precision.
    received_at TIMESTAMPTZ    | When the vendor received it, if the vendor says so.
    version VARCHAR            | Of rows that can change: the greatest wins. Null where rows never change.
    partition VARCHAR          | Of sources that are exported anew as a whole: the part that is replaced together.
    time_precision VARCHAR!    | instant or day.
    time_zone VARCHAR          | Zone whose day it is, for day precision.
    source_order BIGINT        | The vendor's order among events of the same instant.
    channel VARCHAR!           | Where the contact happened.
    entry_channel VARCHAR!     | Channel that brought the customer: ad for a landing from a paid click.
    actor VARCHAR!             | customer, company or system.
    event_type VARCHAR!        | Canonical type, else the vendor's name in snake_case.
    event_name VARCHAR         | The vendor's name.
    user_id VARCHAR            | The business's own customer number.
    email VARCHAR              | E-mail address, trimmed and lower-cased.
    phone VARCHAR              | Telephone number.
    anonymous_id VARCHAR       | Browser or visitor id.
    device_id VARCHAR          | Device id.
    previous_id VARCHAR        | Alias events: the user id that user_id continues.
    vendor_ids STRUCT(kind VARCHAR, value VARCHAR)[] | Ids that a vendor gives its contacts, by kind.
    click_id VARCHAR           | Click id of an ad platform.
    click_id_type VARCHAR      | gclid, fbclid, ...
    campaign_source VARCHAR    | utm_source or its like.
    campaign_medium VARCHAR    | utm_medium or its like.
    campaign_name VARCHAR      | utm_campaign or its like.
    campaign_id VARCHAR        | The ad or mail platform's campaign id.
    channel_group VARCHAR      | Default channel group by Google's published rules.
    page_url VARCHAR           | Page on which it happened.
    referrer VARCHAR           | Page that led there.
    value DECIMAL(18,6)        | Money, in currency.
    currency VARCHAR           | ISO 4217 code.
    score DECIMAL(9,3)         | Answer on a survey's own scale.
    is_machine BOOLEAN!        | Done by a bot or a mail client, not by a person.
    consent VARCHAR            | What the visitor allowed, in the source's words: granted, denied, category=granted,...
    properties VARCHAR         | JSON: everything else the row says.
    set_key UBIGINT            | Names its identifier set: 64 bits of the md5 of its identifiers; null without any.
    """,
)

AD_COSTS = declare_table(
    "staging.ad_costs",
    "platform, account, campaign and date; restated figures replace earlier ones",
    "source, platform, account_id, campaign_id, cost_on",
    """
    source VARCHAR!         | Name of the [[sources]] block it came through.
    platform VARCHAR!       | google_ads, ...
    account_id VARCHAR!     | Ad account; empty when the export does not name it.
    campaign_id VARCHAR!    | Campaign.
    cost_on DATE!           | Day in the account's time zone.
    version VARCHAR!        | Greatest wins: export time or file name.
    campaign_name VARCHAR   | Name at that version.
    cost DECIMAL(18,6)!     | Money spent, in currency.
    currency VARCHAR        | ISO 4217 code.
    clicks_count BIGINT     | Clicks.
    impressions_count BIGINT | Impressions.
    conversions_rate DOUBLE | Conversions as the platform attributes them; may be fractional.
    """,
)

SOURCE_ROWS = declare_table(
    "staging.source_rows",
    "winning row of a source whose events need several rows (group_by, references)",
    "source, row_kind, row_key",
    """
    source VARCHAR!    | Name of the [[sources]] block it came through.
    row_kind VARCHAR!  | Which of the source's row shapes it is.
    row_key VARCHAR!   | Vendor's id, or a hash of the declared key or of the content.
    version VARCHAR!   | Greatest wins.
    partition VARCHAR  | Of sources that are exported anew as a whole: the part that is replaced together.
    fields VARCHAR!    | JSON: the fields that the source reads.
    """,
)

PARTITIONS = declare_table(
    "staging.partitions",
    "part of a source that is exported anew as a whole, such as a day",
    "source, partition",
    """
    source VARCHAR!    | Name of the [[sources]] block it came through.
    partition VARCHAR! | The part.
    version VARCHAR!   | Export that stands: the greatest seen.
    """,
)

REFERENCE_LINKS = declare_table(
    "staging.reference_links",
    "identifiers that a reference row (a user record) says belong together",
    "source, link_key",
    """
    source VARCHAR!     | Name of the [[sources]] block it came through.
    link_key VARCHAR!   | Key of the reference row.
    user_id VARCHAR     | The business's own customer number.
    email VARCHAR       | E-mail address, trimmed and lower-cased.
    phone VARCHAR       | Telephone number.
    vendor_ids STRUCT(kind VARCHAR, value VARCHAR)[] | Ids that the vendor gives its contacts.
    """,
)
