-- What is made once every row is in: keys and indexes, views for people, full-text search.

create unique index observation_key on observation (
  indicator, area, scheme, ethnicity, period_start, period_end, sex, age, other, comparator,
  adjustment, dataset
);
create index observation_dataset on observation (dataset);
create index observation_ethnicity on observation (scheme, ethnicity);
create index observation_area on observation (area);
create unique index stratum_key on stratum (
  indicator, area, scheme, dimension, period_start, period_end, sex, age, other, adjustment,
  ethnicity, dataset
);
create index stratum_dataset on stratum (dataset);
create index inequality_missing_indicator on inequality_missing (indicator);
create index indicator_dataset on indicator (dataset);
create index indicator_family on indicator (family);
create index finding_dataset on finding (dataset);
create index finding_group_code on finding_group (scheme, ethnicity);
create index finding_indicator_indicator on finding_indicator (indicator);
create index recommendation_dataset on recommendation (dataset);
create index crosswalk_to on crosswalk (to_scheme, to_code);
create index subject_code on subject (list, code);

create view observation_flat as
select
  o.dataset,
  o.indicator,
  i.title as indicator_title,
  i.family,
  o.area,
  a.label as area_label,
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
  coalesce(o.ci_level, i.ci_level) as ci_level,
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
  s.ci_level,
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
  s.ci_level,
  q.ci_method,
  q.groups,
  q.excluded,
  q.exploratory,
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
  note,
  dataset
from code_list
where kind = 'ethnicity';

create view recommendation_latest as
select
  r.recommendation,
  r.dataset,
  r.text,
  coalesce(u.status, r.status) as status,
  coalesce(u.updated, r.issued) as since,
  u.note
from recommendation as r
left join recommendation_update as u on u.recommendation = r.recommendation
  and u.updated = (
    select max(updated) from recommendation_update where recommendation = r.recommendation
  );

create virtual table search using fts5 (
  kind unindexed,
  id unindexed,
  title,
  text,
  tokenize = 'porter unicode61 remove_diacritics 2'
);

insert into search (kind, id, title, text)
select 'dataset', dataset, title, description from dataset where synthetic = 0
union all
select 'indicator', i.indicator, i.title, i.definition
from indicator as i join dataset as d using (dataset) where d.synthetic = 0
union all
select 'finding', f.finding, coalesce(f.title, ''), f.statement || ' ' || coalesce(f.detail, '')
from finding as f join dataset as d using (dataset) where d.synthetic = 0
union all
select 'recommendation', r.recommendation, coalesce(r.title, ''), r.text
from recommendation as r join dataset as d using (dataset) where d.synthetic = 0
union all
select 'code', c.list || ':' || c.code, c.label, coalesce(c.definition, '')
from code as c join code_list as l using (list) left join dataset as d on d.dataset = l.dataset
where coalesce(d.synthetic, 0) = 0
order by 1, 2;

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

-- What the search of the site looks through: a row for every page, with its title, the words that
-- others say of it (topics, groups, places, organisations), its text, and what it rests on.
-- The API keeps `search`. A `cross join` starts from what is to be shown: most rows are not.

create temp table held_in as
select distinct h.indicator, h.dataset, h.area
from held as h join dataset as d on d.dataset = h.dataset
where d.synthetic = 0;

create temp table shown_list as
select l.list, l.title, l.kind, l.authority, l.note
from code_list as l left join dataset as d on d.dataset = l.dataset
where coalesce(d.synthetic, 0) = 0;

create temp table item (
  item integer primary key,
  kind text not null,
  id text not null,
  title text not null,
  text text not null,
  context text not null,
  held integer not null,
  unique (kind, id)
);

insert into item (kind, id, title, text, context, held)
select 'dataset' as kind, dataset as id, title, description as text, '' as context, 1 as held
from dataset where synthetic = 0
union all
select 'indicator', i.indicator, i.title, i.definition, d.title, 1
from dataset as d cross join indicator as i on i.dataset = d.dataset where d.synthetic = 0
union all
select 'finding', f.finding, coalesce(f.title, f.statement),
  f.statement || coalesce(' ' || f.detail, ''), d.title, 1
from dataset as d cross join finding as f on f.dataset = d.dataset where d.synthetic = 0
union all
select 'recommendation', r.recommendation, coalesce(r.title, r.text), r.text, d.title, 1
from dataset as d cross join recommendation as r on r.dataset = d.dataset where d.synthetic = 0
union all
select 'source', s.dataset || '/' || s.source, s.title, coalesce(s.publisher, ''), d.title, 1
from dataset as d cross join source as s on s.dataset = d.dataset where d.synthetic = 0
union all
select list, code, label, coalesce(definition, ''), '', 1
from code where list in ('topic', 'workstream', 'organisation')
union all
select 'group', code, label, coalesce(definition, ''), '', 1 from code where list = 'hub-facet'
union all
select 'group', c.list || '/' || c.code, c.label, coalesce(c.definition, ''), l.title,
  c.residual = 0 and (c.list, c.code) in (select scheme, ethnicity from held_group)
from shown_list as l cross join code as c on c.list = l.list
where l.kind = 'ethnicity' and c.code <> '_T'
union all
select 'place', a.area, a.label, '', coalesce(p.label, ''), 1
from area as a left join area as p on p.area = a.parent
where a.area in (select area from held_in union select area from finding)
union all
select 'list', l.list, l.title,
  coalesce(l.note || ' ', '') || coalesce((
    select group_concat(label, ', ')
    from (select label from code as c where c.list = l.list order by sort_order, code)
  ), ''),
  coalesce(l.authority, ''), 1
from shown_list as l
union all
select 'page', column1, column2, column3, '', 1 from (values
  ('about', 'About the hub',
    'Who runs this site, what it is for, and how to reach us.'),
  ('accessibility', 'Accessibility statement',
    'How accessible these pages are, what does not work yet, and whom to tell.'),
  ('api', 'API',
    'For programs and developers: every figure as JSON, CSV or Parquet by its address.'),
  ('changes', 'What has changed',
    'News: new datasets, revised figures and corrections, the newest first.'),
  ('compare', 'Compare countries',
    'The same inequality side by side in several countries, and whether it can be compared.'),
  ('downloads', 'Data to download',
    'Every dataset as CSV, spreadsheet and more, with its licence and how to cite it.'),
  ('groups', 'Ethnic groups',
    'Every ethnic group that figures are about, named as its source names it.'),
  ('writing', 'How we write about ethnicity',
    'Which words we use for ethnic groups and which we do not, and why.')
)
order by 1, 2;

create temp table said (
  kind text not null,
  id text not null,
  words text not null,
  primary key (kind, id, words)
) without rowid;

insert into said (kind, id, words)
select i.kind, i.id, c.label
from item as i
cross join subject as s on s.kind = i.kind and s.id = i.id
join code as c on c.list = s.list and c.code = s.code
where i.kind in ('dataset', 'indicator', 'finding', 'recommendation')
union
select 'indicator', n.indicator, c.label
from dataset as d
cross join indicator as n on n.dataset = d.dataset
join code as c on c.list = 'family' and c.code = n.family
where d.synthetic = 0
union
select 'dataset', d.dataset, a.label
from dataset as d
cross join country as n on n.dataset = d.dataset join area as a on a.area = n.area
where d.synthetic = 0
union
select 'indicator', i.indicator, a.label
from dataset as d
cross join country as n on n.dataset = d.dataset join area as a on a.area = n.area
cross join indicator as i on i.dataset = d.dataset
where d.synthetic = 0
union
select 'finding', f.finding, a.label
from dataset as d
cross join country as n on n.dataset = d.dataset join area as a on a.area = n.area
cross join finding as f on f.dataset = d.dataset
where d.synthetic = 0
union
select 'indicator', h.indicator, a.label
from held_in as h cross join area as a on a.area = h.area
union
select 'dataset', h.dataset, a.label
from (select distinct dataset, area from held_in) as h cross join area as a on a.area = h.area
union
select 'finding', f.finding, a.label from finding as f join area as a on a.area = f.area
union
select 'recommendation', r.recommendation, a.label
from recommendation as r join area as a on a.area = r.area
union
select 'indicator', h.indicator, c.label
from (select distinct indicator, scheme, ethnicity from held_group) as h
cross join code as c on c.list = h.scheme and c.code = h.ethnicity
where h.ethnicity <> '_T'
union
select 'dataset', h.dataset, c.label
from (select distinct dataset, scheme, ethnicity from held_group) as h
cross join code as c on c.list = h.scheme and c.code = h.ethnicity
where h.ethnicity <> '_T'
union
select 'finding', g.finding, c.label
from finding_group as g join code as c on c.list = g.scheme and c.code = g.ethnicity
where g.role = 'affected' and g.ethnicity <> '_T'
union
select 'recommendation', o.recommendation, c.label
from recommendation_organisation as o
join code as c on c.list = 'organisation' and c.code = o.organisation
where o.organisation <> 'not-stated'
union
select list, code, alias from alias where list in ('topic', 'workstream', 'organisation')
union
select 'group', a.list || '/' || a.code, a.alias
from shown_list as l cross join alias as a on a.list = l.list
where l.kind = 'ethnicity'
union
select 'place', p.area, a.alias
from item as i
cross join area as p on p.area = i.id join alias as a on a.list = p.list and a.code = p.code
where i.kind = 'place'
union
select 'place', id, id from item where kind = 'place'
union
select 'group', x.to_code, c.label
from shown_list as l
cross join crosswalk as x on x.from_scheme = l.list
join code as c on c.list = x.from_scheme and c.code = x.from_code
where x.to_scheme = 'hub-facet' and x.to_code is not null
union
select 'page', column1, column2 from (values
  ('about', 'contact, team, who we are, organisation'),
  ('accessibility', 'accessible, disability, keyboard, screen reader, WCAG'),
  ('api', 'developers, documentation, endpoint, JSON, machine-readable, program'),
  ('changes', 'corrections, feed, latest, new, news, revisions, RSS, updates'),
  ('compare', 'comparison, countries, international'),
  ('downloads', 'CSV, Excel, files, open data, Parquet, spreadsheet'),
  ('groups', 'BAME, BME, communities, minorities, people of colour, race'),
  ('writing', 'BAME, BME, language, minorities, names, people of colour, race, terms, words')
)
order by 1, 2, 3;

create temp table resting (
  kind text not null,
  id text not null,
  words text not null,
  primary key (kind, id, words)
) without rowid;

insert into resting (kind, id, words)
select 'indicator', h.indicator, s.title || coalesce(', ' || s.publisher, '')
from (select distinct dataset, indicator, source from held_group) as h
cross join source as s on s.dataset = h.dataset and s.source = h.source
union
select 'finding', f.finding, s.title || coalesce(', ' || s.publisher, '')
from finding_source as f join source as s on s.dataset = f.dataset and s.source = f.source
union
select 'recommendation', r.recommendation, s.title || coalesce(', ' || s.publisher, '')
from recommendation_source as r
join source as s on s.dataset = r.dataset and s.source = r.source
union
select 'dataset', s.dataset, s.title || coalesce(', ' || s.publisher, '')
from dataset as d cross join source as s on s.dataset = d.dataset
where d.synthetic = 0
order by 1, 2, 3;

create virtual table search_page using fts5 (
  kind unindexed,
  id unindexed,
  held unindexed,
  title,
  words,
  text,
  context,
  sources,
  tokenize = 'porter unicode61 remove_diacritics 2'
);

insert into search_page (rowid, kind, id, held, title, words, text, context, sources)
select
  i.item,
  i.kind,
  i.id,
  i.held,
  i.title,
  coalesce(s.words, ''),
  i.text,
  i.context,
  coalesce(r.words, '')
from item as i
left join (
  select kind, id, group_concat(words, ', ') as words from said group by kind, id
) as s on s.kind = i.kind and s.id = i.id
left join (
  select kind, id, group_concat(words, ', ') as words from resting group by kind, id
) as r on r.kind = i.kind and r.id = i.id
order by i.item;

-- by what the pages that were found can be narrowed down
create table search_facet (
  page integer not null,
  facet text not null check (facet = 'topic' or facet = 'place'),
  code text not null,
  primary key (page, facet, code)
) strict, without rowid;

insert into search_facet (page, facet, code)
select i.item, 'topic', s.code
from item as i cross join subject as s on s.kind = i.kind and s.id = i.id and s.list = 'topic'
where i.kind in ('dataset', 'indicator', 'finding', 'recommendation')
union
select item, kind, id from item where kind = 'topic' or kind = 'place'
union
select i.item, 'place', h.area
from held_in as h cross join item as i on i.kind = 'indicator' and i.id = h.indicator
union
select i.item, 'place', h.area
from (select distinct dataset, area from held_in) as h
cross join item as i on i.kind = 'dataset' and i.id = h.dataset
union
select i.item, 'place', f.area
from finding as f join item as i on i.kind = 'finding' and i.id = f.finding
where f.area is not null
union
select i.item, 'place', r.area
from recommendation as r join item as i on i.kind = 'recommendation' and i.id = r.recommendation
where r.area is not null
order by 1, 2, 3;

-- the words as they are written, for a word that is spelt so that nothing has it
create virtual table temp.spoken using fts5 (
  words, content = '', detail = none, columnsize = 0, tokenize = 'unicode61 remove_diacritics 2'
);

insert into temp.spoken (rowid, words)
select rowid, title || ' ' || words || ' ' || text || ' ' || sources from search_page
order by rowid;

create virtual table temp.vocabulary using fts5vocab ('temp', 'spoken', 'row');

create table search_word (
  word text not null primary key,
  pages integer not null
) strict, without rowid;

insert into search_word (word, pages)
select term, doc from temp.vocabulary
where length(term) between 3 and 30 and term not glob '*[0-9]*'
order by term;

drop table temp.vocabulary;
drop table temp.spoken;
drop table temp.resting;
drop table temp.said;
drop table temp.item;
drop table temp.shown_list;
drop table temp.held_in;
