-- What the hub holds by group of people, topic and country, and what it does not. “Not held” is
-- told apart from “not found”, which needs a finding that says where and when it was looked.

-- The country of a finding is that of its area or, if it names none, the only one that its dataset
-- is about. What is about several countries together, or names no place, has an empty country: it
-- is not evidence on each of them.
create temp table dataset_home as
select n.dataset, iif(count(distinct a.country) = 1 and count(a.country) = count(*), min(a.country),
    '') as country
from dataset_country as n join area as a on a.area = n.area
group by n.dataset;

-- a category's place in the navigation facet, and the broader one that holds it
create temp table category_facet as
select x.from_scheme as scheme, x.from_code as ethnicity, x.to_code as facet
from crosswalk as x where x.to_scheme = 'hub-facet' and x.to_code is not null
union
select x.from_scheme, x.from_code, e.parent
from crosswalk as x join code as e on e.list = x.to_scheme and e.code = x.to_code
where x.to_scheme = 'hub-facet' and e.parent is not null;

create index temp.category_facet_code on category_facet (scheme, ethnicity);

create temp table indicator_country as
select distinct h.indicator, h.scheme, h.dataset, coalesce(y.country, '') as country
from availability as h
join area as y on y.area = h.area;

create index temp.indicator_country_table on indicator_country (indicator, scheme, dataset);

-- in this order, which costs as much as there are groups with figures
create temp table covered_indicator as
select distinct x.facet, s.code as topic, y.country, g.indicator
from group_availability as g
cross join category_facet as x on x.scheme = g.scheme and x.ethnicity = g.ethnicity
cross join indicator_country as y on y.indicator = g.indicator and y.scheme = g.scheme
  and y.dataset = g.dataset
cross join subject as s on s.kind = 'indicator' and s.id = g.indicator and s.list = 'topic'
where g.has_value = 1;

create temp table covered_finding as
select distinct
  x.facet, s.code as topic, coalesce(iif(f.area is null, n.country, y.country), '') as country,
  f.finding, f.type, f.last_checked
from finding as f
join dataset as d on d.dataset = f.dataset
join (
  select g.finding, x.facet
  from finding_group as g
  join category_facet as x on x.scheme = g.scheme and x.ethnicity = g.ethnicity
  where g.role = 'affected'
  union
  select f.finding, e.code  -- a gap that names no group is one for every group
  from finding as f cross join code as e
  where f.type = 'evidence-gap' and e.list = 'hub-facet'
    and not exists (select 1 from finding_group as g where g.finding = f.finding)
) as x on x.finding = f.finding
join subject as s on s.kind = 'finding' and s.id = f.finding and s.list = 'topic'
left join area as y on y.area = f.area
left join dataset_home as n on n.dataset = f.dataset and f.area is null
where d.synthetic = 0 and f.superseded_by is null;

create index temp.covered_indicator_cell on covered_indicator (facet, topic, country);
create index temp.covered_finding_cell on covered_finding (facet, topic, country);

create table evidence_coverage (
  facet text not null,
  topic text not null,
  country text not null,
  coverage_status text not null check (
    coverage_status = 'values' or coverage_status = 'findings'
    or coverage_status = 'not-found' or coverage_status = 'not-held'
  ),
  indicators integer not null,
  findings integer not null,
  last_checked text,
  evidence_gap text references finding (finding),
  primary key (facet, topic, country)
) strict, without rowid;

insert into evidence_coverage (
  facet, topic, country, coverage_status, indicators, findings, last_checked, evidence_gap
)
select
  facet, topic, country,
  case
    when indicators > 0 then 'values'
    when findings > 0 then 'findings'
    when last_checked is not null then 'not-found'
    else 'not-held'
  end,
  indicators, findings, last_checked, evidence_gap
from (
  select
    e.code as facet, t.code as topic, c.country,
    (
      select count(*) from covered_indicator as i
      where i.facet = e.code and i.topic = t.code and i.country = c.country
    ) as indicators,
    (
      select count(*) from covered_finding as f
      where f.facet = e.code and f.topic = t.code and f.country = c.country
        and f.type <> 'evidence-gap'
    ) as findings,
    (
      select max(f.last_checked) from covered_finding as f
      where f.facet = e.code and f.topic = t.code and f.country = c.country
        and f.type = 'evidence-gap'
    ) as last_checked,
    (
      select f.finding from covered_finding as f
      where f.facet = e.code and f.topic = t.code and f.country = c.country
        and f.type = 'evidence-gap' and f.last_checked is not null
      order by f.last_checked desc, f.finding limit 1
    ) as evidence_gap
  from code as e
  cross join code as t
  cross join (
    select country from covered_indicator union select country from covered_finding
  ) as c
  where e.list = 'hub-facet' and t.list = 'topic' and coalesce(t.level, '') <> 'method'
)
order by 1, 2, 3;

drop table temp.covered_finding;
drop table temp.covered_indicator;
drop table temp.indicator_country;
drop table temp.category_facet;
drop table temp.dataset_home;
