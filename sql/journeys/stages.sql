-- description: The stages of each stage model, in order.
-- grain: stage of a stage model
-- key: stage_model, stage
-- not_null: stage_index, title, is_goal, is_main_model
-- column: stage_model | Name of the stage model.
-- column: stage | Name of the stage.
-- column: stage_index | Its place in the model, from 1.
-- column: title | Its name for people.
-- column: description | What it means.
-- column: is_goal | Reaching it completes a journey.
-- column: is_main_model | The model that sessions, touchpoints and customers show.
select
    stage_model,
    stage,
    stage_index,
    title,
    description,
    is_goal,
    is_main_model
from state.journeys.stages
