-- One staging database, attached as `stage`, copied into hub.db. Lists inside a cell (the
-- indicators behind a finding) are JSON there and become rows of a bridge here.

insert into dataset (
  dataset, title, description, version, created, licence, licence_url, publisher, contact,
  language, homepage, whose_ethnicity, ethnicity_recording, ethnicity_completeness,
  disclosure_policy, verification, next_update, caveats, governance, comparability, release_note,
  about, synthetic, origin, origin_title, origin_url, origin_sha256, origin_fetched_at,
  origin_chain
)
select
  dataset, title, description, version, created, licence, licence_url, publisher, contact,
  language, homepage, whose_ethnicity, ethnicity_recording, ethnicity_completeness,
  disclosure_policy, verification, next_update, caveats, governance, comparability, release_note,
  about, synthetic, origin, origin_title, origin_url, origin_sha256, origin_fetched_at,
  origin_chain
from stage.dataset;

insert into subject (kind, id, list, code)
select 'dataset', dataset, list, code from stage.dataset_subject order by list, code;

insert into dataset_country (dataset, area)
select dataset, area from stage.dataset_country order by area;

insert into change_note (dataset, position, version, changed_on, text)
select dataset, position, version, changed_on, text from stage.change_note order by position;

insert into row_exclusion (dataset, file, reason, rows)
select dataset, file, reason, rows from stage.row_exclusion order by file, reason;

insert into code_list (
  list, title, kind, authority, jurisdiction, country, language, concept, counting_basis,
  valid_from, valid_to, ordered, source_url, verified, terms, terms_verified, note, dataset
)
select
  list, title, kind, authority, jurisdiction, country, language, concept, counting_basis,
  valid_from, valid_to, ordered, source_url, verified, terms, terms_verified, note, dataset
from stage.own_code_list order by list;

insert into code (
  list, code, label, short_label, prose, language, parent, sort_order, level, residual,
  definition, valid_from, valid_to, source, verified, note
)
select
  list, code, label, short_label, prose, language, parent, sort_order, level, residual,
  definition, valid_from, valid_to, source, verified, note
from stage.own_code
where true -- or the parser takes `on` for a join
order by list, sort_order, code
on conflict (list, code) do nothing; -- ages of another dataset too

insert into alias (list, alias, code)
select list, alias, code from stage.own_alias order by list, alias;

insert into crosswalk (from_scheme, from_code, to_scheme, to_code, relation, note, source)
select from_scheme, from_code, to_scheme, to_code, relation, note, source
from stage.own_crosswalk order by from_scheme, from_code, to_scheme, to_code;

insert into area (area, list, code, label, level, parent, country)
select area, list, code, label, level, parent, country from stage.own_area order by area;

insert into source (
  dataset, source, title, publisher, type, url, doi, published, accessed, licence, licence_basis,
  licence_url, verification, extra
)
select
  :dataset, id, title, publisher, type, url, doi, published, accessed, licence,
  licence_basis(licence), licence_url(licence), verification, extra
from stage.sources order by rowid;

insert into indicator (
  indicator, dataset, family, title, definition, unit, scale, decimals, value_type, polarity,
  numerator_definition, denominator_definition, unit_of_count, method, standardisation,
  whose_ethnicity,
  ethnicity_recording, ethnicity_known, ethnicity_unknown, same_source, population_year,
  reference_group, headline_group, ci_method, ci_level, caveats, series_breaks, external_ids,
  extra
)
select
  id, :dataset, family, i.title, definition, unit, scale, decimals, value_type, polarity,
  numerator_definition, denominator_definition, coalesce(i.unit_of_count, d.unit_of_count),
  method, standardisation,
  coalesce(i.whose_ethnicity, d.whose_ethnicity),
  coalesce(i.ethnicity_recording, d.ethnicity_recording),
  coalesce(i.ethnicity_known, d.ethnicity_known),
  coalesce(i.ethnicity_unknown, d.ethnicity_unknown),
  coalesce(i.same_source, d.same_source, 'unknown'),
  coalesce(i.population_year, d.population_year),
  reference_group, headline_group, ci_method, ci_level, i.caveats, series_breaks, external_ids,
  extra
from stage.indicators as i, stage.dataset as d order by i.rowid;

insert into main_fact (indicator, position, dataset, text)
select indicator, position, dataset, text from stage.main_fact order by indicator, position;

insert into subject (kind, id, list, code)
select 'indicator', i.id, 'workstream', j.value
from stage.indicators as i, json_each(i.workstreams) as j order by i.rowid, j.key;

insert into subject (kind, id, list, code)
select 'indicator', i.id, 'topic', j.value
from stage.indicators as i, json_each(i.topics) as j order by i.rowid, j.key;

-- the same columns in the same order, so that SQLite copies whole records; the rows of a dataset in
-- the order of their key, so that the first rowids of a bitmap are a page (store.row_bitmaps)
insert into observation select * from stage.observation
order by
  indicator, area, scheme, ethnicity, period_start, period_end, sex, age, other, comparator,
  adjustment;

-- strata are counted on from those of the datasets before; `first` is told by the caller
insert into stratum (
  stratum, dataset, indicator, scheme, dimension, area, period_start, period_end, sex, age, other,
  adjustment, ethnicity, ci_level
)
select
  :first + stratum, :dataset, indicator, scheme, dimension, area, period_start, period_end, sex,
  age, other, adjustment, ethnicity, ci_level
from stage.stratum order by rowid;

insert into gap (
  stratum, ethnicity, reference, difference, difference_se, difference_lower, difference_upper,
  ratio, ratio_se, ratio_lower, ratio_upper, ci_method, decimals, ratio_decimals, ratio_min,
  ratio_max
)
select
  :first + stratum, ethnicity, reference, difference, difference_se, difference_lower,
  difference_upper, ratio, ratio_se, ratio_lower, ratio_upper, ci_method, decimals,
  ratio_decimals, ratio_min, ratio_max
from stage.gap order by rowid;

insert into gap_context (
  stratum, ethnicity, unknown_difference_min, unknown_difference_max, unknown_ratio_min,
  unknown_ratio_max, events_above_reference, events_above_reference_lower,
  events_above_reference_upper, earlier_start, earlier_end, difference_change,
  difference_change_lower, difference_change_upper, ratio_change, ratio_change_lower,
  ratio_change_upper, difference_word, ratio_word, moved
)
select
  stratum + :first, ethnicity, unknown_difference_min, unknown_difference_max, unknown_ratio_min,
  unknown_ratio_max, events_above_reference, events_above_reference_lower,
  events_above_reference_upper, earlier_start, earlier_end, difference_change,
  difference_change_lower, difference_change_upper, ratio_change, ratio_change_lower,
  ratio_change_upper, difference_word, ratio_word, moved
from stage.gap_context order by rowid;

insert into inequality (
  stratum, measure, reference, value, se, ci_lower, ci_upper, ci_method, groups, excluded,
  exploratory, homogeneity_p, decimals
)
select
  :first + stratum, measure, reference, value, se, ci_lower, ci_upper, ci_method, groups, excluded,
  exploratory, homogeneity_p, decimals
from stage.inequality order by rowid;

insert into inequality_missing (
  dataset, indicator, scheme, dimension, measure, what, why, strata
)
select :dataset, indicator, scheme, dimension, measure, what, why, strata
from stage.inequality_missing order by rowid;

-- a release of before this rule may have a certainty that nobody is named for: it was warned of
insert into finding (
  finding, dataset, title, statement, detail, type, mechanism, study_design, direction,
  certainty, certainty_note,
  assessed_by, assessment_method, assessed_on, unbound_figures, unbound_reason,
  population, area, period_start, period_end, published, reviewed, next_review, superseded_by,
  last_checked, checked_where, checked_by, verification, note, extra
)
select
  id, :dataset, title, statement, detail, type, mechanism, study_design, direction,
  iif(assessed_by is null or assessment_method is null, 'not-assessed', certainty), certainty_note,
  assessed_by, assessment_method, assessed_on, unbound_figures, unbound_reason,
  population, area, period_start, period_end, published, reviewed, next_review, superseded_by,
  last_checked, checked_where, checked_by, verification, note, extra
from stage.findings order by rowid;

insert into subject (kind, id, list, code)
select 'finding', f.id, 'workstream', j.value
from stage.findings as f, json_each(f.workstreams) as j order by f.rowid, j.key;

insert into subject (kind, id, list, code)
select 'finding', f.id, 'topic', j.value
from stage.findings as f, json_each(f.topics) as j order by f.rowid, j.key;

insert into finding_organisation (finding, organisation)
select f.id, j.value
from stage.findings as f, json_each(f.responsible) as j order by f.rowid, j.key;

insert into finding_group (finding, scheme, ethnicity, role)
select
  f.id, substr(j.value, 1, instr(j.value, ':') - 1), substr(j.value, instr(j.value, ':') + 1),
  'affected'
from stage.findings as f, json_each(f.groups_affected) as j order by f.rowid, j.key;

insert into finding_group (finding, scheme, ethnicity, role)
select
  f.id, substr(j.value, 1, instr(j.value, ':') - 1), substr(j.value, instr(j.value, ':') + 1),
  'compared'
from stage.findings as f, json_each(f.groups_compared) as j order by f.rowid, j.key;

insert into finding_indicator (finding, indicator)
select f.id, j.value
from stage.findings as f, json_each(f.indicators) as j order by f.rowid, j.key;

insert into finding_source (finding, dataset, source)
select f.id, :dataset, j.value
from stage.findings as f, json_each(f.sources) as j order by f.rowid, j.key;

insert into recommendation (
  recommendation, dataset, title, text, issued_by, addressee_note, strength, issued, due, status,
  last_checked, checked_where, checked_by, next_check, area, population, verification, note, extra
)
select
  id, :dataset, title, text, issued_by, addressee_note, strength, issued, due, status,
  last_checked, checked_where, checked_by, next_check, area, population, verification, note, extra
from stage.recommendations order by rowid;

insert into subject (kind, id, list, code)
select 'recommendation', r.id, 'workstream', j.value
from stage.recommendations as r, json_each(r.workstreams) as j order by r.rowid, j.key;

insert into subject (kind, id, list, code)
select 'recommendation', r.id, 'topic', j.value
from stage.recommendations as r, json_each(r.topics) as j order by r.rowid, j.key;

insert into recommendation_organisation (recommendation, organisation)
select r.id, j.value
from stage.recommendations as r, json_each(r.addressed_to) as j order by r.rowid, j.key;

insert into recommendation_finding (recommendation, finding)
select r.id, j.value
from stage.recommendations as r, json_each(r.findings) as j order by r.rowid, j.key;

insert into recommendation_indicator (recommendation, indicator)
select r.id, j.value
from stage.recommendations as r, json_each(r.indicators) as j order by r.rowid, j.key;

insert into recommendation_source (recommendation, dataset, source)
select r.id, :dataset, j.value
from stage.recommendations as r, json_each(r.sources) as j order by r.rowid, j.key;

insert into recommendation_update (
  recommendation, updated, status, note, dataset, source, verification, extra
)
select recommendation, date, status, note, :dataset, source, verification, extra
from stage.updates order by rowid;

insert into question (
  question, dataset, text, other_words, family, area, answer, not_known, note, extra
)
select id, :dataset, question, other_words, family, area, answer, not_known, note, extra
from stage.questions order by rowid;

insert into subject (kind, id, list, code)
select 'question', q.id, 'workstream', j.value
from stage.questions as q, json_each(q.workstreams) as j order by q.rowid, j.key;

insert into subject (kind, id, list, code)
select 'question', q.id, 'topic', j.value
from stage.questions as q, json_each(q.topics) as j order by q.rowid, j.key;

insert into question_group (question, scheme, ethnicity)
select
  q.id, substr(j.value, 1, instr(j.value, ':') - 1), substr(j.value, instr(j.value, ':') + 1)
from stage.questions as q, json_each(q.groups) as j order by q.rowid, j.key;

insert into question_finding (question, finding)
select q.id, j.value
from stage.questions as q, json_each(q.findings) as j order by q.rowid, j.key;

insert into question_recommendation (question, recommendation)
select q.id, j.value
from stage.questions as q, json_each(q.recommendations) as j order by q.rowid, j.key;

insert into question_indicator (question, indicator)
select q.id, j.value
from stage.questions as q, json_each(q.indicators) as j order by q.rowid, j.key;
