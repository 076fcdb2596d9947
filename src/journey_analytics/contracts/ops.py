"""How the machine did: files, runs, rejected rows, checks, settings."""

from journey_analytics.contracts.table import declare_table

LOADED_FILES = declare_table(
    "ops.loaded_files",
    "content of a file, by hash, that a source has loaded",
    "source, content_hash",
    """
    source VARCHAR!            | Name of the [[sources]] block.
    content_hash VARCHAR!      | sha256 of the bytes, and of the path where the names of files mean something.
    settings_hash VARCHAR!     | sha256 of the source's settings when it was read.
    path VARCHAR!              | Where it stood, relative to the project.
    bytes_count BIGINT!        | Size.
    modified_nanoseconds BIGINT! | Time of change when it was read, since 1970.
    rows_count BIGINT!         | Rows read, after arrays are unfolded.
    loaded_count BIGINT!       | Rows whose key was new.
    duplicates_count BIGINT!   | Rows whose key was there already.
    rejected_count BIGINT!     | Rows that broke a rule; see ops.rejected_rows.
    skipped_count BIGINT!      | Rows that a named rule leaves out; see ops.file_rules.
    variants_count BIGINT!     | Duplicates with another content, where rows have no version.
    run_id VARCHAR!            | Run that loaded it.
    """,
)

FILE_RULES = declare_table(
    "ops.file_rules",
    "rule by which rows of a file were rejected or skipped",
    "source, content_hash, verdict, rule",
    """
    source VARCHAR!        | Name of the [[sources]] block.
    content_hash VARCHAR!  | File.
    verdict VARCHAR!       | rejected or skipped.
    rule VARCHAR!          | Name of the rule.
    rows_count BIGINT!     | Rows.
    """,
)

SOURCE_FIELDS = declare_table(
    "ops.source_fields",
    "field that rows of a source had, at most two levels deep",
    "source, row_kind, field",
    """
    source VARCHAR!            | Name of the [[sources]] block.
    row_kind VARCHAR!          | Which of the source's row shapes has it.
    field VARCHAR!             | Column, or path with dots between its keys; e-mail addresses in it are blanked out.
    use VARCHAR!               | read, kept (in properties), ignored (known and of no use) or left_out.
    first_run_id VARCHAR!      | Run that first loaded a row with it.
    first_seen_at TIMESTAMPTZ! | When that was.
    first_rows_count BIGINT!   | Rows of that load that have it.
    last_run_id VARCHAR!       | Run that last loaded a row with it.
    last_seen_at TIMESTAMPTZ!  | When that was.
    """,
)

FILE_PARTITIONS = declare_table(
    "ops.file_partitions",
    "partition of which a file holds rows",
    "source, content_hash, partition",
    """
    source VARCHAR!        | Name of the [[sources]] block.
    content_hash VARCHAR!  | File.
    partition VARCHAR!     | Part of the source, such as a day.
    version VARCHAR!       | Which export of it.
    loaded_count BIGINT!   | Rows of it that stand, by what ops.loaded_files counts as loaded.
    """,
)

CURSORS = declare_table(
    "ops.cursors",
    "source that fetches only what is new",
    "source",
    """
    source VARCHAR!        | Name of the [[sources]] block.
    position VARCHAR!      | Greatest value of its cursor among the rows that were loaded.
    """,
)

REJECTED_ROWS = declare_table(
    "ops.rejected_rows",
    "row that broke a rule",
    "source, content_hash, line, item",
    """
    source VARCHAR!        | Name of the [[sources]] block.
    content_hash VARCHAR!  | File.
    path VARCHAR!          | Where the file stood, relative to the project.
    line BIGINT!           | Line (row number in Parquet), from 1.
    item BIGINT!           | Place among the rows of that line, from 1.
    rule VARCHAR!          | Name of the rule.
    reason VARCHAR!        | What was found and what is allowed.
    raw VARCHAR            | The row as it stood.
    """,
)

ARRIVALS = declare_table(
    "ops.arrivals",
    "load, time precision and quarter of an hour in which events happened that came with it",
    "source, run_id, time_precision, occurred_from",
    """
    source VARCHAR!            | Name of the [[sources]] block.
    run_id VARCHAR!            | Run that loaded them.
    loaded_at TIMESTAMPTZ!     | When it loaded them.
    time_precision VARCHAR!    | instant or day.
    occurred_from TIMESTAMPTZ! | Start of the quarter of an hour.
    events_count BIGINT!       | New events that do not say when the vendor received them.
    """,
)

RUNS = declare_table(
    "ops.runs",
    "step of a run",
    "run_id, step",
    """
    run_id VARCHAR!          | Run, named by its start.
    step VARCHAR!            | ingest:<source>, build, check, report, publish, or replay:<source>.
    as_of TIMESTAMPTZ!       | Up to when the run was asked to look.
    started_at TIMESTAMPTZ!  | Start of the step.
    seconds DOUBLE!          | Duration.
    status VARCHAR!          | succeeded or failed.
    rows_count BIGINT        | Rows made or read.
    detail VARCHAR           | What a person wants to know about it; of a failed step, why.
    """,
)

CHECK_RESULTS = declare_table(
    "ops.check_results",
    "check of a run",
    "run_id, check_name",
    """
    run_id VARCHAR!         | Run.
    check_name VARCHAR!     | File in sql/checks/, or model and rule.
    severity VARCHAR!       | error or warning.
    failing_count BIGINT!   | Rows that fail; 0 is good.
    sample VARCHAR          | JSON: the first failing rows.
    """,
)

CHANGED_SETS = declare_table(
    "ops.changed_sets",
    "identifier set with events or reference rows that changed in staging since the last build",
    "set_key",
    """
    set_key UBIGINT!       | journeys.identifier_sets. May stand here several times.
    """,
)

BUILDS = declare_table(
    "ops.builds",
    "build of the journey tables",
    "build_number",
    """
    build_number BIGINT!      | From 1.
    run_id VARCHAR!           | Run.
    as_of TIMESTAMPTZ!        | Up to when the run was asked to look.
    watermark_at TIMESTAMPTZ  | Data are complete up to here; null without events.
    identities_fingerprint VARCHAR! | Changes with all that decides who is who, but for the data.
    key_fingerprint VARCHAR!  | Changes with the key of customer ids.
    journeys_fingerprint VARCHAR!   | Changes with all that decides what a journey is, but for the data.
    is_whole BOOLEAN!         | All customers were recomputed, not only those whom something touched.
    customers_count BIGINT!   | Customers that were recomputed.
    events_count BIGINT!      | Events of theirs.
    inputs VARCHAR            | JSON: what decided the tables beside the data, each by its name or a fingerprint.
    """,
)

RECOMPUTED_CUSTOMERS = declare_table(
    "ops.recomputed_customers",
    "customer whom a build that was not whole recomputed, kept until a published file has it",
    "build_number, customer_key",
    """
    build_number BIGINT!   | Build.
    customer_key UBIGINT!  | Customer; one who has no event any more has no rows any more.
    """,
)

IDENTITY_CHANGES = declare_table(
    "ops.identity_changes",
    "customer before and customer after, in a build that gave events of the one to the other",
    "build_number, customer_key_before, customer_key_after",
    """
    run_id VARCHAR!               | Run.
    build_number BIGINT!          | Build.
    change VARCHAR!               | merged, split or renamed.
    customer_key_before UBIGINT!  | Customer before.
    customer_key_after UBIGINT!   | Customer after.
    events_count BIGINT!          | Events of the identifier sets that went from the one to the other.
    """,
)

IDENTITY_FINDINGS = declare_table(
    "ops.identity_findings",
    "identifier that the identity rules could not give to one profile",
    "finding, kind, value",
    """
    finding VARCHAR!       | shared, over_connected or conflict.
    kind VARCHAR!          | Kind of the identifier.
    value VARCHAR!         | Identifier; stays in the pipeline's own database.
    profiles_count BIGINT! | Profiles, or values of one higher-priority kind, that it was seen with.
    """,
)

SOURCE_STATUS = declare_table(
    "ops.source_status",
    "source as of the last build",
    "source",
    """
    source VARCHAR!              | Name of the [[sources]] block.
    is_required BOOLEAN!         | The watermark waits for it.
    events_count BIGINT!         | Accepted events.
    unidentified_count BIGINT!   | Events without any usable identifier; in no journey.
    held_back_count BIGINT!      | Events dated more than a day after they were received; in no journey.
    after_watermark_count BIGINT! | Events later than the watermark; not analysed yet.
    analysed_count BIGINT!       | Events of known customers up to the watermark, not held back.
    first_occurred_at TIMESTAMPTZ | Earliest event.
    watermark_at TIMESTAMPTZ     | Latest event not after as_of.
    """,
)

ANNOTATIONS = declare_table(
    "ops.annotations",
    "annotation of journey.toml",
    "annotation_index",
    """
    annotation_index INTEGER! | Place in the order of time, from 1.
    started_at TIMESTAMPTZ!   | When it was or began.
    ended_at TIMESTAMPTZ      | When it was over, which no longer belongs to it; null for a moment.
    kind VARCHAR!             | release, campaign or other.
    label VARCHAR!            | What it is called.
    """,
)

SETTINGS = declare_table(
    "ops.settings",
    "the one row of settings that SQL models read",
    "run_id",
    """
    run_id VARCHAR!            | Run that built this file.
    tables_fingerprint VARCHAR! | Changes with all that decides what a published table says, but for the journeys.
    project VARCHAR!           | Name of the project.
    version VARCHAR!           | Version of the software.
    time_zone VARCHAR!         | Business time zone: every date is a date there.
    as_of TIMESTAMPTZ!         | Up to when the run was asked to look.
    watermark_at TIMESTAMPTZ   | Data are complete up to here; outcomes are judged here. Null without events.
    main_stage_model VARCHAR!  | Model that sessions and touchpoints show.
    lapse_after_microseconds BIGINT! | Default silence after which a journey has lapsed.
    session_timeout_microseconds BIGINT! | Gap that ends a session.
    return_horizon_microseconds BIGINT! | How far ahead a return counts when a limit is learned and tested.
    most_returning DOUBLE!     | Share of the silent who may still return within it.
    lapse_version BIGINT       | Version of the learned limits in use; null where none are.
    lapse_learned_until TIMESTAMPTZ | Watermark of the data that they were learned from.
    max_unmapped_rate DOUBLE!  | Limit of the check on unmapped interactions.
    max_rejected_rate DOUBLE!  | Limit of the check on rejected rows.
    """,
)
