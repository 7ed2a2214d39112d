-- What there are figures of, so that no page has to look through all of them: by place, then by
-- group. The figures of a place are read along `observation_key`; where two datasets have some,
-- they are counted again.

create temp table counted as
select
  indicator, area, scheme, min(dataset) as dataset, max(dataset) as other, count(*) as figures,
  count(coalesce(value, value_min, value_max)) as known, sum(obs_status = 'Q') as hidden,
  sum(obs_status <> 'Q' and coalesce(value, value_min, value_max) is null) as missing,
  sum(coalesce(
    verification, (select verification from dataset as d where d.dataset = observation.dataset), ''
  ) like 'C3%') as second_hand,
  min(period_start) as period_start, max(period_end) as period_end
from observation
group by indicator, area, scheme;

create table held (
  indicator text not null references indicator (indicator),
  area text not null references area (area),
  scheme text not null references code_list (list),
  dataset text not null references dataset (dataset),
  figures integer not null,
  known integer not null,
  hidden integer not null,
  missing integer not null,
  second_hand integer not null,
  period_start text not null,
  period_end text not null,
  primary key (indicator, area, scheme, dataset)
) strict, without rowid;

insert into held (
  indicator, area, scheme, dataset, figures, known, hidden, missing, second_hand, period_start,
  period_end
)
select
  indicator, area, scheme, dataset, figures, known, hidden, missing, second_hand, period_start,
  period_end
from counted
where dataset = other
union all
select
  o.indicator, o.area, o.scheme, o.dataset, count(*),
  count(coalesce(o.value, o.value_min, o.value_max)), sum(o.obs_status = 'Q'),
  sum(o.obs_status <> 'Q' and coalesce(o.value, o.value_min, o.value_max) is null),
  sum(coalesce(o.verification, d.verification, '') like 'C3%'), min(o.period_start),
  max(o.period_end)
from counted as n
cross join observation as o
  on o.indicator = n.indicator and o.area = n.area and o.scheme = n.scheme
cross join dataset as d on d.dataset = o.dataset
where n.dataset <> n.other
group by o.indicator, o.area, o.scheme, o.dataset
order by 1, 2, 3, 4;

drop table temp.counted;

create index held_area on held (area);
create index held_dataset on held (dataset);

create table held_group (
  scheme text not null,
  ethnicity text not null,
  indicator text not null references indicator (indicator),
  dataset text not null references dataset (dataset),
  source text,
  known integer not null check (known = 0 or known = 1),
  foreign key (scheme, ethnicity) references code (list, code)
) strict;

insert into held_group (scheme, ethnicity, indicator, dataset, source, known)
select scheme, ethnicity, indicator, dataset, source, known
from (
  select distinct
    o.scheme, o.ethnicity, o.indicator, o.dataset, o.source,
    coalesce(o.value, o.value_min, o.value_max) is not null as known
  from dataset as d
  cross join indicator as i on i.dataset = d.dataset
  cross join observation as o on o.indicator = i.indicator
  where d.synthetic = 0
)
order by scheme, ethnicity, indicator, dataset, source, known;

create index held_group_code on held_group (scheme, ethnicity);
