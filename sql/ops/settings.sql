-- description: The one row of settings that SQL models read, and the run that built this file.
-- grain: this file
-- key: run_id
-- not_null: project, version, time_zone, as_of, main_stage_model
-- column: run_id | Run that built this file.
-- column: tables_fingerprint | Changes with the software and the settings that make these tables.
-- column: project | Name of the project.
-- column: version | Version of the software.
-- column: time_zone | Business time zone: every date is a date there.
-- column: as_of | Up to when the run was asked to look.
-- column: watermark_at | Data are complete up to here; outcomes are judged here. Null without events.
-- column: main_stage_model | The model that sessions, touchpoints and customers show.
-- column: lapse_after_seconds | Default silence after which a journey has lapsed.
-- column: session_timeout_seconds | Gap that ends a session.
-- column: return_horizon_seconds | How far ahead a return counts when a limit of silence is learned and tested.
-- column: most_returning | Share of the silent who may still return within it.
-- column: lapse_version | Version of the learned limits in use; null where none are.
-- column: lapse_learned_until | Watermark of the data that they were learned from.
-- column: max_unmapped_rate | Limit of the check on interactions without a stage.
-- column: max_rejected_rate | Limit of the check on rejected rows.
select
    run_id,
    tables_fingerprint,
    project,
    version,
    time_zone,
    as_of,
    watermark_at,
    main_stage_model,
    lapse_after_microseconds / 1e6 as lapse_after_seconds,
    session_timeout_microseconds / 1e6 as session_timeout_seconds,
    return_horizon_microseconds / 1e6 as return_horizon_seconds,
    most_returning,
    lapse_version,
    lapse_learned_until,
    max_unmapped_rate,
    max_rejected_rate
from state.ops.settings
