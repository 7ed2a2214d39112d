-- Figures of one indicator, by group
-- Every group, place and period of one indicator, with labels; try
-- indicator=uk-maternal-mortality-rate.
select
  area_label, period_start, period_end, scheme, ethnicity, ethnicity_label, sex_label, age_label,
  value, unit_label, ci_lower, ci_upper, numerator, denominator, obs_status_label, verification,
  derived
from observation_flat
where indicator = :indicator
order by area, period_start, scheme, ethnicity
limit 1000
