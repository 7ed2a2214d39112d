-- Views for people: codes with their labels.

create view observation_flat as
select
  o.dataset,
  o.indicator,
  i.title as indicator_title,
  i.family,
  o.area,
  a.label as area_label,
  a.country,
  o.period_start,
  o.period_end,
  o.scheme,
  o.ethnicity,
  e.label as ethnicity_label,
  o.sex,
  coalesce(x.label, (
    select label from code
    where list = substr(o.sex, 1, instr(o.sex, ':') - 1)
      and code = substr(o.sex, instr(o.sex, ':') + 1)
  )) as sex_label,
  o.age,
  coalesce(g.label, (
    select label from code
    where list = substr(o.age, 1, instr(o.age, ':') - 1)
      and code = substr(o.age, instr(o.age, ':') + 1)
  )) as age_label,
  o.other,
  o.comparator,
  coalesce(c.label, (
    select label from code
    where list = substr(o.comparator, 1, instr(o.comparator, ':') - 1)
      and code = substr(o.comparator, instr(o.comparator, ':') + 1)
  )) as comparator_label,
  o.adjustment,
  o.value,
  i.unit,
  u.label as unit_label,
  o.value_min,
  o.value_max,
  o.ci_lower,
  o.ci_upper,
  iif(
    o.ci_lower is null and o.ci_upper is null, null, coalesce(o.ci_level, i.ci_level)
  ) as ci_level,
  o.se,
  o.numerator,
  o.denominator,
  o.population,
  coalesce(o.decimals, i.decimals) as decimals,
  o.obs_status,
  s.label as obs_status_label,
  o.conf_status,
  coalesce(o.counting_basis, l.counting_basis) as counting_basis,
  o.source,
  o.locator,
  o.read_from,
  coalesce(o.verification, d.verification) as verification,
  o.note,
  o.derived,
  o.extra
from observation as o
left join dataset as d on d.dataset = o.dataset
left join indicator as i on i.indicator = o.indicator
left join area as a on a.area = o.area
left join code_list as l on l.list = o.scheme
left join code as e on e.list = o.scheme and e.code = o.ethnicity
left join code as c on c.list = o.scheme and c.code = o.comparator
left join code as x on x.list = 'sex' and x.code = o.sex
left join code as g on g.list = 'age' and g.code = o.age
left join code as u on u.list = 'unit' and u.code = i.unit
left join code as s on s.list = 'obs-status' and s.code = o.obs_status;

create view gap_flat as
select
  s.dataset,
  s.indicator,
  i.title as indicator_title,
  s.area,
  a.label as area_label,
  a.country,
  s.period_start,
  s.period_end,
  s.scheme,
  g.ethnicity,
  e.label as ethnicity_label,
  g.reference,
  r.label as reference_label,
  s.sex,
  s.age,
  s.other,
  s.adjustment,
  i.unit,
  g.difference,
  g.difference_se,
  g.difference_lower,
  g.difference_upper,
  g.ratio,
  g.ratio_se,
  g.ratio_lower,
  g.ratio_upper,
  iif(g.difference_lower is null and g.ratio_lower is null, null, s.ci_level) as ci_level,
  g.ci_method,
  g.decimals,
  g.ratio_decimals,
  g.ratio_min,
  g.ratio_max,
  g.stratum
from stratum as s
join gap as g on g.stratum = s.stratum
left join indicator as i on i.indicator = s.indicator
left join area as a on a.area = s.area
left join code as e on e.list = s.scheme and e.code = g.ethnicity
left join code as r on r.list = s.scheme and r.code = g.reference;

create view inequality_flat as
select
  s.dataset,
  s.indicator,
  i.title as indicator_title,
  s.area,
  a.label as area_label,
  a.country,
  s.period_start,
  s.period_end,
  s.scheme,
  s.dimension,
  s.ethnicity,
  e.label as ethnicity_label,
  s.sex,
  s.age,
  s.other,
  s.adjustment,
  q.measure,
  m.label as measure_label,
  m.level as measure_level,
  q.reference,
  q.value,
  q.se,
  q.ci_lower,
  q.ci_upper,
  iif(q.ci_lower is null, null, s.ci_level) as ci_level,
  q.ci_method,
  q.groups,
  q.excluded,
  q.exploratory,
  q.homogeneity_p,
  q.decimals,
  q.stratum
from stratum as s
join inequality as q on q.stratum = s.stratum
left join indicator as i on i.indicator = s.indicator
left join area as a on a.area = s.area
left join code as e on e.list = s.scheme and e.code = s.ethnicity
left join code as m on m.list = 'inequality-measure' and m.code = q.measure;

create view scheme as
select
  list as scheme,
  title,
  authority,
  jurisdiction,
  language,
  concept,
  counting_basis,
  valid_from,
  valid_to,
  source_url,
  verified,
  terms,
  terms_verified,
  note,
  dataset
from code_list
where kind = 'ethnicity';

-- The latest update of each aspect of a recommendation: what was answered, what was done, and what
-- it brought. The level of a status in its code list says of which aspect it is. Of two statuses of
-- one day it is the later in the order of the code list.
create view recommendation_aspect as
select recommendation, aspect, status, updated, note
from (
  select
    u.recommendation,
    coalesce(c.level, 'status') as aspect,
    u.status,
    u.updated,
    u.note,
    row_number() over (
      partition by u.recommendation, coalesce(c.level, 'status')
      order by u.updated desc, c.sort_order desc, u.status desc
    ) as place
  from recommendation_update as u
  left join code as c on c.list = 'recommendation-status' and c.code = u.status
)
where place = 1;

-- one row a recommendation; an outcome is never its status
create view recommendation_status as
select
  r.recommendation,
  r.dataset,
  r.text,
  coalesce(u.status, r.status) as status,
  coalesce(u.updated, r.issued) as status_on,
  u.note,
  coalesce(p.status, case when c.level = 'response' then r.status end) as response,
  coalesce(p.updated, case when c.level = 'response' then r.issued end) as response_on,
  coalesce(m.status, case when c.level = 'implementation' then r.status end) as implementation,
  coalesce(m.updated, case when c.level = 'implementation' then r.issued end)
    as implementation_on,
  o.status as outcome,
  o.updated as outcome_on
from recommendation as r
left join code as c on c.list = 'recommendation-status' and c.code = r.status
left join recommendation_update as u on u.rowid = (
  select x.rowid
  from recommendation_update as x
  left join code as k on k.list = 'recommendation-status' and k.code = x.status
  where x.recommendation = r.recommendation and coalesce(k.level, '') <> 'outcome'
  order by x.updated desc, k.sort_order desc, x.status desc
  limit 1
)
left join recommendation_aspect as p
  on p.recommendation = r.recommendation and p.aspect = 'response'
left join recommendation_aspect as m
  on m.recommendation = r.recommendation and m.aspect = 'implementation'
left join recommendation_aspect as o
  on o.recommendation = r.recommendation and o.aspect = 'outcome';

-- What is current in a family of indicators, a row for each number: the measures over all groups
-- of a table, the difference and the ratio of each group, and what a source published itself.
-- Windows are over all columns of a table, so that what is asked of one reaches the index.
create view compared_measure as
with tables as (
  select distinct
    stratum, family, indicator, dataset, area, scheme, period_start, period_end, sex, age, other,
    adjustment, value_type, max(secondary) over (
      partition by
        stratum, family, indicator, dataset, area, scheme, period_start, period_end, sex, age,
        other, adjustment, value_type
    ) as secondary, (
      select max(x.groups) from inequality as x where x.stratum = comparison.stratum
    ) as stratum_groups
  from comparison where comparison_status = 'current' and synthetic = 0 and published = 0
)
select
  t.family, t.dataset, t.indicator, t.area, t.scheme, 'ethnicity' as dimension, t.period_start,
  t.period_end, t.sex, t.age, t.other, t.adjustment, '' as ethnicity, s.ci_level, '' as "group",
  q.reference, q.measure, t.value_type, q.value, q.se, q.ci_lower, q.ci_upper, q.ci_method,
  q.groups, q.excluded, q.exploratory, q.homogeneity_p, q.decimals, 0 as published, exists (
    select 1 from comparison as w
    where w.family = t.family and w.stratum = t.stratum and w.reason = 'awaiting-verification'
  ) as awaits_verification, 0 as headline, t.secondary, t.stratum_groups
from tables as t
cross join stratum as s on s.stratum = t.stratum
cross join inequality as q on q.stratum = t.stratum
union all
select
  c.family, c.dataset, c.indicator, c.area, c.scheme, 'ethnicity', c.period_start, c.period_end,
  c.sex, c.age, c.other, c.adjustment, '', s.ci_level, g.ethnicity, g.reference, m.measure,
  c.value_type, iif(m.measure = 'd', g.difference, g.ratio),
  iif(m.measure = 'd', g.difference_se, g.ratio_se),
  iif(m.measure = 'd', g.difference_lower, g.ratio_lower),
  iif(m.measure = 'd', g.difference_upper, g.ratio_upper),
  iif(
    iif(m.measure = 'd', g.difference_lower, coalesce(g.ratio_lower, g.ratio_upper)) is null,
    null, g.ci_method
  ), 2, 0, 0, null, iif(m.measure = 'd', g.decimals, g.ratio_decimals), 0, c.reason <> '',
  c.headline, c.secondary, null
from comparison as c
cross join (select 'd' as measure union all select 'r') as m
cross join gap as g on g.stratum = c.stratum and g.ethnicity = c.ethnicity
cross join stratum as s on s.stratum = c.stratum
where c.comparison_status = 'current' and c.synthetic = 0 and c.published = 0
  and iif(
    m.measure = 'd', g.difference is not null, coalesce(g.ratio, g.ratio_lower) is not null
  )
union all
select
  c.family, c.dataset, c.indicator, c.area, c.scheme, 'ethnicity', c.period_start, c.period_end,
  c.sex, c.age, c.other, c.adjustment, '', coalesce(o.ci_level, i.ci_level, 95), c.ethnicity,
  c.reference, iif(c.value_type = 'difference', 'd', 'r'), c.value_type, o.value, o.se, o.ci_lower,
  o.ci_upper, iif(o.ci_lower is null, null, coalesce(nullif(o.derived, ''), 'published')), 2, 0, 0,
  null, coalesce(o.decimals, i.decimals), 1, c.reason <> '', c.headline, c.secondary, null
from comparison as c
cross join indicator as i on i.indicator = c.indicator
cross join observation as o on o.indicator = c.indicator and o.area = c.area and o.scheme = c.scheme
  and o.ethnicity = c.ethnicity and o.period_start = c.period_start
  and o.period_end = c.period_end and o.sex = c.sex and o.age = c.age and o.other = c.other
  and o.comparator = c.reference and o.adjustment = c.adjustment and o.dataset = c.dataset
where c.comparison_status = 'current' and c.synthetic = 0 and c.published = 1;

-- The comparisons of the one selection with their numbers: those that the hub computed, and those
-- that their source published as comparisons.
create view comparison_value as
select
  c.family, c.indicator, c.dataset, c.area, c.scheme, c.ethnicity, c.reference, c.period_start,
  c.period_end, c.sex, c.age, c.other, c.adjustment, c.value_type, c.published, c.stratum,
  c.synthetic, c.comparison_status,
  max(c.secondary, c.reason = 'awaiting-verification') as awaits_verification,
  iif(c.published = 0, o.value, null) as value,
  r.value as reference_value,
  iif(c.published = 0, x.ratio, iif(c.value_type = 'difference', null, o.value)) as ratio,
  iif(c.published = 0, x.ratio_lower, iif(c.value_type = 'difference', null, o.ci_lower))
    as ratio_lower,
  iif(c.published = 0, x.ratio_upper, iif(c.value_type = 'difference', null, o.ci_upper))
    as ratio_upper,
  iif(c.published = 0, x.difference, iif(c.value_type = 'difference', o.value, null))
    as difference,
  iif(c.published = 0, x.difference_lower, iif(c.value_type = 'difference', o.ci_lower, null))
    as difference_lower,
  iif(c.published = 0, x.difference_upper, iif(c.value_type = 'difference', o.ci_upper, null))
    as difference_upper,
  x.ratio_decimals,
  x.ratio_min,
  x.ratio_max,
  coalesce(o.decimals, i.decimals) as decimals,
  coalesce(r.decimals, i.decimals) as reference_decimals,
  coalesce(t.ci_level, o.ci_level, i.ci_level, 95) as ci_level,
  coalesce(o.derived, '') as derived,
  -- of the group and its reference the one further from the original: levels are in that order
  max(coalesce(o.verification, d.verification), coalesce(r.verification, '')) as verification,
  o.source
from comparison as c
join indicator as i on i.indicator = c.indicator
join dataset as d on d.dataset = c.dataset
left join stratum as t on t.stratum = c.stratum
left join gap as x on x.stratum = c.stratum and x.ethnicity = c.ethnicity
left join observation as o on o.indicator = c.indicator and o.area = c.area and o.scheme = c.scheme
  and o.ethnicity = c.ethnicity and o.period_start = c.period_start
  and o.period_end = c.period_end and o.sex = c.sex and o.age = c.age and o.other = c.other
  and o.comparator = iif(c.published = 1, c.reference, '') and o.adjustment = c.adjustment
  and o.dataset = c.dataset
left join observation as r on c.published = 0 and r.indicator = c.indicator and r.area = c.area
  and r.scheme = c.scheme and r.ethnicity = c.reference and r.period_start = c.period_start
  and r.period_end = c.period_end and r.sex = c.sex and r.age = c.age and r.other = c.other
  and r.comparator = '' and r.adjustment = c.adjustment and r.dataset = c.dataset;
-- What answers a question with a family, groups and a place: the comparisons that the one
-- selection made, the current one and those before it. A number that waits to be verified is in
-- the series and is never quoted alone.
create view question_answer as
select
  q.question, c.indicator, c.dataset, c.area, c.scheme, c.ethnicity, c.reference, c.period_start,
  c.period_end, c.sex, c.age, c.other, c.adjustment, c.value_type, c.published,
  c.comparison_status = 'current' as is_current, c.awaits_verification, c.value,
  c.reference_value, c.ratio, c.ratio_lower, c.ratio_upper, c.difference, c.difference_lower,
  c.difference_upper, c.ratio_decimals, c.ratio_min, c.ratio_max, c.decimals,
  c.reference_decimals, c.ci_level, c.derived, c.verification, c.source
from question as q
left join code as f on f.list = 'family' and f.code = q.family
join question_group as g on g.question = q.question
join comparison_value as c on c.family = coalesce(nullif(f.parent, ''), q.family)
  and c.area = q.area and c.scheme = g.scheme and c.ethnicity = g.ethnicity and c.synthetic = 0
  and c.comparison_status <> 'left-out';
