-- How unequal an indicator is
-- Measures over all groups, or along an order within one; one absolute and one relative measure
-- belong together. Try indicator=us-occult-hypoxaemia-prevalence; measure=mld leaves the others out.
select
  area, area_label, period_start, period_end, scheme, dimension, ethnicity_label, sex, age, other,
  measure, measure_label, measure_level, reference, value, ci_lower, ci_upper, ci_method, groups, excluded,
  exploratory
from inequality_flat
where indicator = :indicator and :measure in ('', measure)
order by area, period_start, scheme, stratum, (
  select sort_order from code where list = 'inequality-measure' and code = measure
)
limit 1000
