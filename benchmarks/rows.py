"""Rows as the vendors write them, for the benchmarks: the same for the same number, and as many as asked for."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

START = datetime(2026, 1, 1, tzinfo=UTC)
AGENTS = [
    f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{number}.0.0.0 Safari/537.36"
    for system in ("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64")
    for number in range(110, 130)
]


@dataclass(frozen=True)
class Case:
    """A source, and a function that makes one of its rows."""

    type: str
    row: Callable[[Random, int], dict[str, object]]


def segment_message(random: Random, number: int) -> dict[str, object]:
    """A page view, product view or order, as analytics.js sends it."""
    at = START + timedelta(seconds=number * 7, milliseconds=random.randrange(1000))
    time_text = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    person = random.randrange(200_000)
    path = f"/p/{random.randrange(5000)}"
    query = f"?utm_source=news&utm_medium=email&utm_campaign=week+{random.randrange(52)}" if number % 7 == 0 else ""
    if number % 23 == 0:
        query = f"?gclid=Cj0KCQ{random.getrandbits(64):x}"
    page = {"path": path, "url": f"https://shop.example{path}{query}", "referrer": "https://www.google.com/"}
    call = {"type": "page", "name": "Product", "properties": page}
    if number % 5 == 0:
        said = {"product_id": f"sku-{random.randrange(5000)}", "price": random.randrange(100, 9999) / 100}
        call = {"type": "track", "event": "Product Viewed", "properties": said}
    if number % 50 == 0:
        said = {"order_id": str(number), "revenue": random.randrange(100, 99999) / 100, "currency": "EUR"}
        call = {"type": "track", "event": "Order Completed", "properties": said}
    context = {
        "library": {"name": "analytics.js", "version": "4.1.0"},
        "ip": "203.0.113.7",
        "locale": "en-GB",
        "userAgent": random.choice(AGENTS),
        "page": page,
    }
    times = dict.fromkeys(("timestamp", "originalTimestamp", "sentAt", "receivedAt"), time_text)
    ids = {"messageId": f"ajs-{random.getrandbits(96):024x}", "anonymousId": f"{person:08x}-anonymous"}
    known = {"userId": f"u{person}"} if person % 3 == 0 else {"userId": None}
    return call | ids | known | {"context": context, "integrations": {}} | times


def ga4_event(random: Random, number: int) -> dict[str, object]:
    """A page view, scroll, product view or purchase, as the export to BigQuery has it: integers are texts."""
    at = START + timedelta(seconds=number * 2, microseconds=random.randrange(1_000_000))
    micros = int(at.timestamp()) * 1_000_000 + at.microsecond
    visitor, path = random.randrange(200_000), f"/p/{random.randrange(5000)}"
    name = "purchase" if number % 50 == 0 else "view_item" if number % 5 == 0 else random.choice(_GA4_NAMES)
    is_landing = number % 7 == 0
    query = f"?utm_source=news&utm_medium=email&utm_campaign=week+{random.randrange(52)}" if is_landing else ""
    agent = random.randrange(100, 130)
    source = {"source": "news", "medium": "email", "name": f"week {random.randrange(52)}"}
    event: dict[str, object] = {
        "event_date": at.strftime("%Y%m%d"),
        "event_timestamp": str(micros),
        "event_name": name,
        "event_params": _ga4_parameters(random, name, micros, f"https://shop.example{path}{query}"),
        "event_previous_timestamp": str(micros - random.randrange(10**9)),
        "event_bundle_sequence_id": str(random.randrange(-(10**9), 10**9)),
        "event_server_timestamp_offset": str(random.randrange(10**6)),
        "user_pseudo_id": f"{visitor}.{1_700_000_000 + visitor}",
        "privacy_info": {"analytics_storage": "Yes", "ads_storage": "Yes", "uses_transient_token": "No"},
        "user_properties": [
            {"key": "membership", "value": {"string_value": random.choice(("free", "gold")),
                                            "set_timestamp_micros": str(micros)}},
            {"key": "visits", "value": {"int_value": str(visitor % 90), "set_timestamp_micros": str(micros)}},
        ],
        "user_first_touch_timestamp": str(micros - random.randrange(10**12)),
        "device": {
            "category": random.choice(("desktop", "mobile", "tablet")),
            "mobile_brand_name": "Google",
            "mobile_model_name": "Chrome",
            "operating_system": "Windows",
            "operating_system_version": "Windows 10",
            "language": "en-gb",
            "is_limited_ad_tracking": "No",
            "web_info": {"browser": "Chrome", "browser_version": f"{agent}.0.0.0", "hostname": "shop.example"},
        },
        "geo": {
            "city": random.choice(("Prague", "Leeds", "Lyon", "Graz")),
            "country": random.choice(("Czechia", "United Kingdom", "France", "Austria")),
            "continent": "Europe",
            "region": "(not set)",
            "sub_continent": "Western Europe",
            "metro": "(not set)",
        },
        "traffic_source": {"name": "(organic)", "medium": "organic", "source": "google"},
        "stream_id": "1234567890",
        "platform": "WEB",
        "items": _ga4_items(random, 3 if name == "purchase" else 1) if name in ("purchase", "view_item") else [],
        "is_active_user": True,
        "batch_event_index": str(random.randrange(1, 9)),
        "batch_page_id": str(micros // 1000),
        "batch_ordering_id": str(random.randrange(1, 4)),
        "session_traffic_source_last_click": {
            "manual_campaign": {f"{'campaign_' if key == 'name' else ''}{key}": text for key, text in source.items()},
            "cross_channel_campaign": source | {"default_channel_group": "Email", "primary_channel_group": "Email"},
        },
    }  # fmt: skip
    if visitor % 3 == 0:
        event["user_id"] = f"u{visitor}"
    if is_landing:
        event["collected_traffic_source"] = {
            f"manual_{'campaign_' if key == 'name' else ''}{key}": text for key, text in source.items()
        }
    if name == "purchase":
        event["ecommerce"] = {
            "total_item_quantity": "3",
            "purchase_revenue_in_usd": 64.5,
            "purchase_revenue": random.randrange(100, 99999) / 100,
            "unique_items": "3",
            "transaction_id": f"order-{number}",
        }
    return event


_OF_TEN_ENGAGED = 7
_GA4_NAMES = ("page_view", "page_view", "page_view", "scroll", "user_engagement", "session_start", "add_to_cart")


def _ga4_parameters(random: Random, name: str, micros: int, url: str) -> list[dict[str, object]]:
    """8 to 15 of them: what every hit has, and what belongs to its kind."""
    texts = {
        "page_location": url,
        "page_title": f"Product {random.randrange(5000)} | Shop Example",
        "page_referrer": "https://www.google.com/",
        "content_group": random.choice(("shoes", "shirts", "hats")),
    }
    numbers = {
        "ga_session_id": micros // 1_800_000_000 * 1800,
        "ga_session_number": random.randrange(1, 30),
        "engaged_session_event": 1,
        "batch_page_id": micros // 1000,
    }
    if random.randrange(10) < _OF_TEN_ENGAGED:
        numbers |= {"engagement_time_msec": random.randrange(60_000), "debug_mode": 0}
    if random.randrange(2):
        texts |= {"term": "(not set)", "campaign": "week", "language": "en-gb"}
    if name in ("purchase", "view_item"):
        texts |= {"currency": "EUR"}
    if name == "purchase":
        texts |= {"transaction_id": f"order-{micros}"}
    found: list[dict[str, object]] = [{"key": key, "value": {"string_value": text}} for key, text in texts.items()]
    found += [{"key": key, "value": {"int_value": str(number)}} for key, number in numbers.items()]
    if name == "scroll":
        found.append({"key": "percent_scrolled", "value": {"int_value": "90"}})
    if name in ("purchase", "view_item"):
        found.append({"key": "value", "value": {"double_value": random.randrange(100, 99999) / 100}})
    random.shuffle(found)
    return found


def _ga4_items(random: Random, count: int) -> list[dict[str, object]]:
    return [
        {
            "item_id": f"sku-{random.randrange(5000)}",
            "item_name": "Shoe",
            "item_brand": "Brand",
            "item_category": "Shoes",
            "price": random.randrange(100, 9999) / 100,
            "price_in_usd": 64.5,
            "quantity": "1",
            "item_params": [{"key": "size", "value": {"string_value": "42"}}],
        }
        for _ in range(count)
    ]


CASES = {case.type: case for case in (Case("segment", segment_message), Case("ga4", ga4_event))}
"""To measure another source, add it here."""


def write_file(path: Path, case: Case, numbers: range) -> None:
    """The rows of these numbers as gzipped lines of JSON."""
    random = Random(f"{case.type} {numbers.start}")
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8") as file:
        file.writelines(f"{json.dumps(case.row(random, number), separators=(',', ':'))}\n" for number in numbers)


def write_files(folder: Path, case: Case, rows: int, files: int) -> None:
    """As many rows, in as many files."""
    folder.mkdir()
    for index in range(files):
        numbers = range(rows * index // files, rows * (index + 1) // files)
        write_file(folder / f"events_{index:06}.ndjson.gz", case, numbers)
