-- description: Stage and rule of touchpoints by each stage model, the main one and those beside it. Touchpoints of
--   which all models say the same share a stages_code: join journeys.touchpoints by it, and ask for one stage_model.
-- grain: stages_code and stage model
-- key: stages_code, stage_model
-- not_null: is_main_model
-- column: stages_code | What all models together say: journeys.touchpoints.stages_code.
-- column: stage_model | Name of the stage model.
-- column: is_main_model | The model whose stages and rules journeys.touchpoints shows.
-- column: stage | Stage by this model, (unmapped) if no rule matched, null before the first stage.
-- column: rule_id | Rule of this model that took the interaction; null where none did, and for what is no interaction.
with models as (
    select
        stage_model,
        bool_or(is_main_model) as is_main_model
    from state.journeys.stages
    group by stage_model
),

told as (
    select distinct stages_code
    from state.journeys.touchpoints
)

select
    told.stages_code,
    codes.stage_model,
    models.is_main_model,
    codes.stage,
    codes.rule_id
from told
inner join state.journeys.stage_codes as codes on (told.stages_code // codes.unit) % codes.codes_count = codes.code
inner join models on codes.stage_model = models.stage_model
order by told.stages_code, models.is_main_model desc, codes.stage_model
