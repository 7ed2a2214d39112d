-- What there are figures of, so that no page has to look through all of them: by place, then by
-- group. The figures of a place are read along `observation_key`; where two datasets have some,
-- they are counted again.

create temp table availability_count as
select
  indicator, area, scheme, min(dataset) as dataset, max(dataset) as last_dataset,
  count(*) as observation_count,
  count(coalesce(value, value_min, value_max)) as value_count,
  sum(obs_status = '${suppressed}') as suppressed_count,
  sum(obs_status <> '${suppressed}' and coalesce(value, value_min, value_max) is null) as missing_count,
  sum(coalesce(
    verification, (select verification from dataset as d where d.dataset = observation.dataset), ''
  ) like '${secondary_source}%') as secondary_source_count,
  min(period_start) as period_start, max(period_end) as period_end
from observation
group by indicator, area, scheme;

create table availability (
  indicator text not null references indicator (indicator),
  area text not null references area (area),
  scheme text not null references code_list (list),
  dataset text not null references dataset (dataset),
  observation_count integer not null,
  value_count integer not null,
  suppressed_count integer not null,
  missing_count integer not null,
  secondary_source_count integer not null,
  period_start text not null,
  period_end text not null,
  primary key (indicator, area, scheme, dataset)
) strict, without rowid;

insert into availability (
  indicator, area, scheme, dataset, observation_count, value_count, suppressed_count,
  missing_count, secondary_source_count, period_start, period_end
)
select
  indicator, area, scheme, dataset, observation_count, value_count, suppressed_count,
  missing_count, secondary_source_count, period_start, period_end
from availability_count
where dataset = last_dataset
union all
select
  o.indicator, o.area, o.scheme, o.dataset, count(*),
  count(coalesce(o.value, o.value_min, o.value_max)), sum(o.obs_status = '${suppressed}'),
  sum(o.obs_status <> '${suppressed}' and coalesce(o.value, o.value_min, o.value_max) is null),
  sum(coalesce(o.verification, d.verification, '') like '${secondary_source}%'), min(o.period_start),
  max(o.period_end)
from availability_count as n
cross join observation as o
  on o.indicator = n.indicator and o.area = n.area and o.scheme = n.scheme
cross join dataset as d on d.dataset = o.dataset
where n.dataset <> n.last_dataset
group by o.indicator, o.area, o.scheme, o.dataset
order by 1, 2, 3, 4;

drop table temp.availability_count;

create index availability_area on availability (area);
create index availability_dataset on availability (dataset);

create table group_availability (
  scheme text not null,
  ethnicity text not null,
  indicator text not null references indicator (indicator),
  dataset text not null references dataset (dataset),
  source text,
  has_value integer not null check (has_value = 0 or has_value = 1),
  foreign key (scheme, ethnicity) references code (list, code)
) strict;

insert into group_availability (scheme, ethnicity, indicator, dataset, source, has_value)
select scheme, ethnicity, indicator, dataset, source, has_value
from (
  select distinct
    o.scheme, o.ethnicity, o.indicator, o.dataset, o.source,
    coalesce(o.value, o.value_min, o.value_max) is not null as has_value
  from dataset as d
  cross join indicator as i on i.dataset = d.dataset
  cross join observation as o on o.indicator = i.indicator
  where d.synthetic = 0
)
order by scheme, ethnicity, indicator, dataset, source, has_value;

create index group_availability_code on group_availability (scheme, ethnicity);
