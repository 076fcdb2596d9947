"""What the transforms read of an event: columns of ``staging.events``, and what only some rules or settings ask for."""

from dataclasses import dataclass, field

from journey_analytics.transform.rule_columns import RuleColumns, identifier_column, property_column
from journey_analytics.warehouse.connection import quoted
from journey_analytics.warehouse.json_paths import json_pointer, path_of

EVENT_COLUMNS = (
    "event_key", "event_id", "occurred_at", "time_precision", "time_zone", "source", "source_order", "channel",
    "entry_channel", "actor", "event_type", "event_name", "is_machine", "click_id", "click_id_type", "campaign_source",
    "campaign_medium", "campaign_name", "campaign_id", "channel_group", "page_url", "referrer", "value", "currency",
    "score",
)  # fmt: skip
"""Columns of ``staging.events`` that the transforms always read."""

DEVICE_KEY = """
    coalesce(
        case when not list_contains($no_identifier, lower(anonymous_id))
            then md5_number_upper('a' || anonymous_id) end,
        case when not list_contains($no_identifier, lower(device_id)) then md5_number_upper('d' || device_id) end,
        0
    )::ubigint
"""
"""SQL of the number of a device, by its identifiers; 0 for none."""


@dataclass(frozen=True)
class Asked:
    """What the transforms read of an event beside ``EVENT_COLUMNS``.

    Attributes:
        by_rules: What rules look at.
        no_identifier: Values, in small letters, that are no identifiers.
        with_devices: Whether ``device_key`` is read, because sessions never span devices.
    """

    by_rules: RuleColumns = field(default_factory=RuleColumns)
    no_identifier: tuple[str, ...] = ()
    with_devices: bool = False

    @property
    def columns(self) -> str:
        """Select list about ``staging.events as events``, but for the device."""
        properties = [
            f"json_extract_string(events.properties, $path_{index}) as {quoted(property_column(path))}"
            for index, path in enumerate(self.by_rules.paths)
        ]
        identifiers = [
            f"coalesce(not list_contains($no_identifier, lower(trim(events.{kind}))), false) "
            f"as {quoted(identifier_column(kind))}"
            for kind in self.by_rules.identifiers
        ]
        return ", ".join([*(f"events.{quoted(name)}" for name in EVENT_COLUMNS), *properties, *identifiers])

    @property
    def parameters(self) -> dict[str, object]:
        """Values of the parameters in ``columns`` and ``DEVICE_KEY``."""
        values: dict[str, object] = {
            f"path_{index}": json_pointer(path_of(path)) for index, path in enumerate(self.by_rules.paths)
        }
        if self.with_devices or self.by_rules.identifiers:
            values["no_identifier"] = list(self.no_identifier)
        return values
