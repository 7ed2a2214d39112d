-- How unequal an indicator is
-- Each group beside the reference, and measures over all groups; one absolute and one relative
-- measure belong together. Try indicator=eng-mha-detention-rate; measure=r leaves the others out.
select
  q.area, q.period_start, q.period_end, q.scheme, q.ethnicity, c.label as ethnicity_label,
  q.sex, q.age, q.other, q.dimension, q.measure, m.label as measure_label, m.level, q.reference,
  q.value, q.ci_lower, q.ci_upper, q.ci_method, q.groups, q.excluded, q.exploratory
from inequality as q
left join code as c on c.list = q.scheme and c.code = q.ethnicity
left join code as m on m.list = 'inequality-measure' and m.code = q.measure
where q.indicator = :indicator and :measure in ('', q.measure)
order by q.area, q.period_start, q.scheme, q.dimension, m.sort_order, q.ethnicity
limit 1000
