-- Each group beside the reference
-- The difference and the ratio, with intervals where the source allows them. Try
-- indicator=eng-mha-detention-rate; ethnicity=GB leaves the other groups out.
select
  area, area_label, period_start, period_end, scheme, ethnicity, ethnicity_label, reference,
  reference_label, sex, age, other, unit, difference, difference_lower, difference_upper,
  ratio, ratio_lower, ratio_upper
from gap_flat
where indicator = :indicator and :ethnicity in ('', ethnicity)
order by area, period_start, scheme, stratum, ethnicity
limit 1000
