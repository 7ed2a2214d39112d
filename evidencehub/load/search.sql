-- What the search of pages and API looks through: a row for every page, with its title, the words
-- that others say of it (topics, groups, places, organisations), its text, and what it rests on.
-- A `cross join` starts from what is to be shown: most rows are not.

create temp table available_area as
select distinct h.indicator, h.dataset, h.area
from availability as h join dataset as d on d.dataset = h.dataset
where d.synthetic = 0;

create temp table public_code_list as
select l.list, l.title, l.kind, l.authority, l.note
from code_list as l left join dataset as d on d.dataset = l.dataset
where coalesce(d.synthetic, 0) = 0;

create temp table search_item (
  item integer primary key,
  kind text not null,
  id text not null,
  title text not null,
  text text not null,
  context text not null,
  held integer not null,
  unique (kind, id)
);

insert into search_item (kind, id, title, text, context, held)
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
select 'question', q.question, q.text,
  coalesce(q.other_words || ' ', '') || coalesce(q.answer || ' ', '') || q.not_known, d.title, 1
from dataset as d cross join question as q on q.dataset = d.dataset where d.synthetic = 0
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
  c.residual = 0 and (c.list, c.code) in (select scheme, ethnicity from group_availability)
from public_code_list as l cross join code as c on c.list = l.list
where l.kind = 'ethnicity' and c.code <> '${total}'
union all
select 'place', a.area, a.label, '', coalesce(p.label, ''), 1
from area as a left join area as p on p.area = a.parent
where a.area in (select area from available_area union select area from finding)
union all
select 'list', l.list, l.title,
  coalesce(l.note || ' ', '') || coalesce((
    select group_concat(label, ', ')
    from (
      select label from code as c
      where c.list = l.list and c.list <> '${subdivision_list}' and (
        c.list <> 'family' or c.code in (select family from indicator where family is not null)
      )
      order by sort_order, code
    )
  ), ''),
  coalesce(l.authority, ''), 1
from public_code_list as l
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
  ('codes', 'Classifications and codes',
    'What each code means: the ethnic groups of every source, and the terms of the hub.'),
  ('compare', 'Compare countries',
    'The same inequality side by side in several countries, and whether it can be compared.'),
  ('coverage', 'What is held, and what is missing',
    'Evidence by group, topic and country: what the hub holds, and the gaps.'),
  ('downloads', 'Data to download',
    'Every dataset as CSV, spreadsheet and more, with its licence and how to cite it.'),
  ('glossary', 'Words used here',
    'Confidence interval, ratio, difference, odds ratio, rate and other words in plain language.'),
  ('groups', 'Ethnic groups',
    'Every ethnic group that figures are about, named as its source names it.'),
  ('questions', 'Questions that people ask',
    'What people ask about ethnic inequalities in health and care, and what is known.'),
  ('recommendations', 'Recommendations and their progress',
    'What reports and reviews recommended, to whom, and what became of it.'),
  ('writing', 'How we write about ethnicity',
    'Which words we use for ethnic groups and which we do not, and why.')
)
order by 1, 2;

create temp table search_term (
  kind text not null,
  id text not null,
  words text not null,
  primary key (kind, id, words)
) without rowid;

insert into search_term (kind, id, words)
select i.kind, i.id, c.label
from search_item as i
cross join subject as s on s.kind = i.kind and s.id = i.id
join code as c on c.list = s.list and c.code = s.code
where i.kind in ('dataset', 'indicator', 'finding', 'recommendation', 'question')
union
select 'question', q.question, q.other_words from question as q where q.other_words is not null
union
select 'question', g.question, c.label
from question_group as g join code as c on c.list = g.scheme and c.code = g.ethnicity
union
select 'question', q.question, a.label from question as q join area as a on a.area = q.area
union
select 'indicator', n.indicator, c.label
from dataset as d
cross join indicator as n on n.dataset = d.dataset
join code as c on c.list = 'family' and c.code = n.family
where d.synthetic = 0
union
select 'dataset', d.dataset, a.label
from dataset as d
cross join dataset_country as n on n.dataset = d.dataset join area as a on a.area = n.area
where d.synthetic = 0
union
select 'indicator', i.indicator, a.label
from dataset as d
cross join dataset_country as n on n.dataset = d.dataset join area as a on a.area = n.area
cross join indicator as i on i.dataset = d.dataset
where d.synthetic = 0
union
select 'finding', f.finding, a.label
from dataset as d
cross join dataset_country as n on n.dataset = d.dataset join area as a on a.area = n.area
cross join finding as f on f.dataset = d.dataset and f.area is null
where d.synthetic = 0
union
select 'indicator', h.indicator, a.label
from available_area as h cross join area as a on a.area = h.area
union
select 'dataset', h.dataset, a.label
from (select distinct dataset, area from available_area) as h cross join area as a on a.area = h.area
union
select 'finding', f.finding, a.label from finding as f join area as a on a.area = f.area
union
select 'recommendation', r.recommendation, a.label
from recommendation as r join area as a on a.area = r.area
union
select 'indicator', h.indicator, c.label
from (select distinct indicator, scheme, ethnicity from group_availability) as h
cross join code as c on c.list = h.scheme and c.code = h.ethnicity
where h.ethnicity <> '${total}'
union
select 'dataset', h.dataset, c.label
from (select distinct dataset, scheme, ethnicity from group_availability) as h
cross join code as c on c.list = h.scheme and c.code = h.ethnicity
where h.ethnicity <> '${total}'
union
select 'finding', g.finding, c.label
from finding_group as g join code as c on c.list = g.scheme and c.code = g.ethnicity
where g.role = 'affected' and g.ethnicity <> '${total}'
union
select 'recommendation', recommendation, 'recommendation' from recommendation
union
select 'recommendation', o.recommendation, c.label
from recommendation_organisation as o
join code as c on c.list = 'organisation' and c.code = o.organisation
where o.organisation <> 'not-stated'
union
select list, code, alias from alias where list in ('topic', 'workstream', 'organisation')
union
select 'group', a.list || '/' || a.code, a.alias
from public_code_list as l cross join alias as a on a.list = l.list
where l.kind = 'ethnicity'
union
select 'place', p.area, a.alias
from search_item as i
cross join area as p on p.area = i.id join alias as a on a.list = p.list and a.code = p.code
where i.kind = 'place'
union
select 'place', id, id from search_item where kind = 'place'
union
select 'group', x.to_code, c.label
from public_code_list as l
cross join crosswalk as x on x.from_scheme = l.list
join code as c on c.list = x.from_scheme and c.code = x.from_code
where x.to_scheme = 'hub-facet' and x.to_code is not null
union
select 'page', column1, column2 from (values
  ('about', 'contact, team, who we are, organisation'),
  ('accessibility', 'accessible, disability, keyboard, screen reader, WCAG'),
  ('api', 'developers, documentation, endpoint, JSON, machine-readable, program'),
  ('changes', 'corrections, feed, latest, new, news, revisions, RSS, updates'),
  ('codes', 'code lists, definitions, vocabulary'),
  ('compare', 'comparison, countries, international'),
  ('coverage', 'absent, coverage, evidence gaps, not held, not known, unknown'),
  ('downloads', 'CSV, Excel, files, open data, Parquet, spreadsheet'),
  ('glossary', 'definitions, explanation, glossary, meaning, what is'),
  ('groups', 'BAME, BME, communities, minorities, people of colour, race'),
  ('questions', 'answers, ask, frequently asked, FAQ'),
  ('recommendations', 'accepted, carried out, follow-up, implemented, report, response, status'),
  ('writing', 'BAME, BME, language, minorities, names, people of colour, race, terms, words')
)
order by 1, 2, 3;

create temp table search_source (
  kind text not null,
  id text not null,
  words text not null,
  primary key (kind, id, words)
) without rowid;

insert into search_source (kind, id, words)
select 'indicator', h.indicator, s.title || coalesce(', ' || s.publisher, '')
from (select distinct dataset, indicator, source from group_availability) as h
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
from search_item as i
left join (
  select kind, id, group_concat(words, ', ') as words from search_term group by kind, id
) as s on s.kind = i.kind and s.id = i.id
left join (
  select kind, id, group_concat(words, ', ') as words from search_source group by kind, id
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
from search_item as i cross join subject as s on s.kind = i.kind and s.id = i.id and s.list = 'topic'
where i.kind in ('dataset', 'indicator', 'finding', 'recommendation', 'question')
union
select i.item, 'place', q.area
from question as q join search_item as i on i.kind = 'question' and i.id = q.question
where q.area is not null
union
select item, kind, id from search_item where kind = 'topic' or kind = 'place'
union
select i.item, 'place', h.area
from available_area as h cross join search_item as i on i.kind = 'indicator' and i.id = h.indicator
union
select i.item, 'place', h.area
from (select distinct dataset, area from available_area) as h
cross join search_item as i on i.kind = 'dataset' and i.id = h.dataset
union
select i.item, 'place', f.area
from finding as f join search_item as i on i.kind = 'finding' and i.id = f.finding
where f.area is not null
union
select i.item, 'place', r.area
from recommendation as r join search_item as i on i.kind = 'recommendation' and i.id = r.recommendation
where r.area is not null
order by 1, 2, 3;

-- the words as they are written, for a word that is spelt so that nothing has it
create virtual table temp.word_index using fts5 (
  words, content = '', detail = none, columnsize = 0, tokenize = 'unicode61 remove_diacritics 2'
);

insert into temp.word_index (rowid, words)
select rowid, title || ' ' || words || ' ' || text || ' ' || sources from search_page
order by rowid;

create virtual table temp.vocabulary using fts5vocab ('temp', 'word_index', 'row');

create table search_vocabulary (
  word text not null primary key,
  pages integer not null
) strict, without rowid;

insert into search_vocabulary (word, pages)
select term, doc from temp.vocabulary
where length(term) between 3 and 30 and term not glob '*[0-9]*'
order by term;

drop table temp.vocabulary;
drop table temp.word_index;
drop table temp.search_source;
drop table temp.search_term;
drop table temp.search_item;
drop table temp.public_code_list;
drop table temp.available_area;
