-- description: The stages of each stage model, in order.
-- grain: stage of a stage model
-- key: stage_model, stage
-- not_null: stage_index, title, is_goal, is_main_model, lapse_after_seconds, lapse_origin
-- assert: lapse_origin in ('stage_model', 'learned', 'setting', 'default')
-- column: stage_model | Name of the stage model.
-- column: stage | Name of the stage.
-- column: stage_index | Its place in the model, from 1.
-- column: title | Its name for people.
-- column: description | What it means.
-- column: is_goal | Reaching it completes a journey.
-- column: is_main_model | The model that sessions, touchpoints and customers show.
-- column: lapse_after_seconds | Silence after which a journey in this stage has lapsed: the limit in use.
-- column: lapse_origin | Where the limit is from: stage_model (the stage sets its own), learned, setting
--   (journeys.lapse_after), default (nothing has been learned for the stage yet).
select
    stage_model,
    stage,
    stage_index,
    title,
    description,
    is_goal,
    is_main_model,
    lapse_after_microseconds / 1e6 as lapse_after_seconds,
    lapse_origin
from state.journeys.stages
