"""Where sources stand outside of this machine: S3-compatible storage, PostgreSQL. Never with a secret in it."""

import re
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from journey_analytics.config.setting_values import Duration, Section, check_duration


def _check_endpoint(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(
            "an endpoint is https:// and a host, with its port if need be: 'https://storage.example:9000'."
        )
    if parts.username or parts.password:
        raise ValueError("an endpoint holds no user and no password: credentials stand in the environment.")
    return address


def _check_variable(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        # The value is not repeated: it may be the connection string itself, password and all.
        raise ValueError(
            "must be the name of an environment variable, such as 'SHOP_DATABASE_URL'; the connection string itself "
            "stands in that variable, not in journey.toml."
        )
    return name


def _check_overlap(value: object) -> object:
    if isinstance(value, bool) or (isinstance(value, int) and value < 1):
        raise ValueError(f"'{value}' cannot be; an overlap is a duration such as '10m', or a whole number from 1.")
    return value if isinstance(value, int) else check_duration(value)


def _check_relation(name: str) -> str:
    if not re.fullmatch(r"[^.\0]+(\.[^.\0]+)?", name):
        raise ValueError(f"'{name}' is not the name of a table; write for example 'public.orders'.")
    return name


Variable = Annotated[str, AfterValidator(_check_variable), Field(description="text")]
Relation = Annotated[str, AfterValidator(_check_relation), Field(description="text")]
Overlap = Annotated[timedelta | int, BeforeValidator(_check_overlap), Field(description="duration, or whole number")]
Endpoint = Annotated[str, AfterValidator(_check_endpoint), Field(description="text")]


class S3Section(Section):
    """Where patterns that begin with ``s3://`` lead.

    Credentials never stand here. They are in the environment, under their usual names: ``AWS_ACCESS_KEY_ID``,
    ``AWS_SECRET_ACCESS_KEY`` and, for temporary ones, ``AWS_SESSION_TOKEN``.

    Attributes:
        endpoint: Address of a storage that is not Amazon's, such as ``"https://storage.example:9000"``.
        region: Region of the buckets. Without it ``AWS_REGION`` or ``AWS_DEFAULT_REGION`` of the environment says it;
            without those it is ``us-east-1``.
        virtual_hosts: Whether an endpoint of one's own wants the bucket in the name of the host
            (``bucket.storage.example``) and not in the path. Amazon's own has it there always.
        anonymous: Whether to read public buckets, without any credentials.
    """

    endpoint: Endpoint | None = None
    region: str | None = Field(default=None, min_length=1)
    virtual_hosts: bool = False
    anonymous: bool = False


class PostgresSection(Section):
    """Rows of a PostgreSQL database. They are fetched in one read-only transaction and mapped as those of a file.

    Attributes:
        url: Name of the environment variable that holds the connection string, ``postgresql://user:password@host/name``
            or as libpq knows it. The string itself never stands in a file, a log or an error.
        table: Table or view to read whole, such as ``"public.orders"``; spelt as the database has it.
        query: In the place of ``table``: one ``select``.
        cursor: Column that grows with every new or changed row: a whole number, a date or a time. A run then fetches
            only rows that are not below the greatest value seen, and those without a value. The rows of that value come
            again and count as duplicates, so ``key`` must name columns. Rows that change need a ``version``, mostly
            the same column. Without it everything is fetched by every run.
        overlap: How far below the greatest value to begin, for transactions that commit late: a duration for times,
            a whole number for numbers.
        timeout: A longer fetch is given up.
    """

    url: Variable
    table: Relation | None = None
    query: str | None = Field(default=None, min_length=1)
    cursor: str | None = Field(default=None, min_length=1)
    overlap: Overlap | None = None
    timeout: Duration = timedelta(hours=1)

    @model_validator(mode="after")
    def _one_relation(self) -> "PostgresSection":
        if (self.table is None) == (self.query is None):
            raise ValueError("name exactly one of 'table' and 'query'.")
        if self.overlap is not None and self.cursor is None:
            raise ValueError("an 'overlap' needs a 'cursor', of which it is a part.")
        return self
