-- The hub's database. Three facts (observation, finding, recommendation), everything else a
-- dimension or a bridge. Constraints make the wrong thing unsayable: suppressed, missing,
-- censored and zero never look alike.
--
-- A column is named after what it holds, and the same everywhere; a table's own key has the
-- table's name (indicator.indicator). Codes are text: people and partners filter by them.

create table code_list (
  list text not null primary key,
  title text not null,
  kind text not null check (kind = 'ethnicity' or kind = 'facet' or kind = 'area'
    or kind = 'dimension' or kind = 'vocabulary'),
  authority text,
  jurisdiction text,
  country text,
  language text not null,
  concept text,
  counting_basis text,
  valid_from text,
  valid_to text,
  ordered text,
  source_url text,
  verified text,
  terms text,
  terms_verified text,
  note text,
  dataset text references dataset (dataset)
) strict;

create table code (
  list text not null references code_list (list),
  code text not null,
  label text not null,
  short_label text,
  prose text,
  language text not null,
  parent text,
  sort_order integer,
  level text,
  residual integer not null default 0 check (residual = 0 or residual = 1),
  definition text,
  valid_from text,
  valid_to text,
  source text,
  verified text,
  note text,
  successor text,
  primary key (list, code),
  foreign key (list, parent) references code (list, code),
  foreign key (list, successor) references code (list, code)
) strict;

-- how groups ask to be named; several rows where people differ
create table preferred_term (
  scheme text not null,
  code text not null,
  term text not null,
  avoid text,
  authority text not null,
  dated text,
  source text not null,
  verified text not null,
  note text,
  primary key (scheme, code, term, authority),
  foreign key (scheme, code) references code (list, code)
) strict;

create table alias (
  list text not null references code_list (list),
  alias text not null,
  code text not null,
  primary key (list, alias),
  foreign key (list, code) references code (list, code)
) strict;

create table crosswalk (
  from_scheme text not null,
  from_code text not null,
  to_scheme text not null references code_list (list),
  to_code text,
  relation text not null check (relation = 'exactMatch' or relation = 'closeMatch'
    or relation = 'broadMatch' or relation = 'narrowMatch' or relation = 'relatedMatch'
    or relation = 'noMatch'),
  note text,
  source text,
  check ((relation = 'noMatch') = (to_code is null)),
  unique (from_scheme, from_code, to_scheme, to_code),
  foreign key (from_scheme, from_code) references code (list, code),
  foreign key (to_scheme, to_code) references code (list, code)
) strict;

-- whether groups of one scheme may be carried over into another, for every pair of crosswalk
create table scheme_conversion (
  from_scheme text not null references code_list (list),
  to_scheme text not null references code_list (list),
  verdict text not null check (verdict = 'convertible' or verdict = 'with-caveat'
    or verdict = 'not'),
  reasons text,
  primary key (from_scheme, to_scheme)
) strict;

create table area (
  area text not null primary key,
  list text not null references code_list (list),
  code text not null,
  label text not null,
  level text,
  parent text references area (area),
  country text references area (area),
  foreign key (list, code) references code (list, code)
) strict;

create table dataset (
  dataset text not null primary key,
  title text not null,
  description text not null,
  version text not null,
  created text not null,
  licence text not null,
  licence_url text,
  publisher text,
  contact text,
  language text not null,
  homepage text,
  whose_ethnicity text,
  ethnicity_recording text,
  ethnicity_completeness text,
  disclosure_policy text,
  verification text,
  next_update text,
  caveats text,
  governance text,
  comparability text,
  release_note text,
  about text,
  synthetic integer not null default 0 check (synthetic = 0 or synthetic = 1),
  -- of a package that was taken from a partner: which one, the descriptor as it came, and where the
  -- partner had it from, the nearest first (JSON)
  origin text,
  origin_title text,
  origin_url text,
  origin_sha256 text,
  origin_fetched_at text,
  origin_chain text
) strict;

create table release (
  dataset text not null references dataset (dataset),
  version text not null,
  created text not null,
  release_note text,
  package_sha256 text not null,
  primary key (dataset, version)
) strict;

create table file (
  dataset text not null references dataset (dataset),
  version text not null,
  file text not null,
  format text not null,
  says text not null,
  rows integer,
  bytes integer not null,
  sha256 text not null,
  primary key (dataset, version, file)
) strict;

-- what changes.md says, line by line, the newest first
create table change_note (
  dataset text not null references dataset (dataset),
  position integer not null,
  version text not null,
  changed_on text,
  text text not null,
  primary key (dataset, position)
) strict;

create table row_exclusion (
  dataset text not null references dataset (dataset),
  file text not null,
  reason text not null,
  rows integer not null,
  primary key (dataset, file, reason)
) strict;

create table source (
  dataset text not null references dataset (dataset),
  source text not null,
  title text not null,
  publisher text,
  type text not null,
  url text,
  doi text,
  published text,
  accessed text,
  licence text,
  licence_basis text not null,
  licence_url text,
  verification text,
  extra text,
  primary key (dataset, source)
) strict;

create table indicator (
  indicator text not null primary key,
  dataset text not null references dataset (dataset),
  family text,
  title text not null,
  definition text not null,
  unit text not null,
  scale real,
  decimals integer,
  value_type text not null,
  polarity text not null check (polarity = 'favourable' or polarity = 'adverse'
    or polarity = 'neutral'),
  numerator_definition text,
  denominator_definition text,
  unit_of_count text,
  method text,
  standardisation text,
  whose_ethnicity text,
  ethnicity_recording text,
  ethnicity_known real,
  ethnicity_unknown real,
  same_source text,
  population_year integer,
  reference_group text,
  headline_group text,
  ci_method text,
  ci_level real,
  caveats text,
  series_breaks text,
  external_ids text,
  extra text
) strict;

-- what staff say first of an indicator, in their own words; without it a page drafts its own
create table main_fact (
  indicator text not null references indicator (indicator),
  position integer not null,
  dataset text not null references dataset (dataset),
  text text not null,
  primary key (indicator, position)
) strict;

${observation_table}

-- for each value of a column, the rowids of its observations as a Roaring bitmap
create table row_bitmap (
  column_name text not null,
  column_value text not null,
  rowids blob not null,
  primary key (column_name, column_value)
) strict, without rowid;

-- what values are compared by: each combination of facts that some observation has
create table comparison_kind (
  comparison_kind integer primary key,
  dataset text not null,
  indicator text not null,
  scheme text not null,
  period_start text not null,
  period_end text not null,
  sex text not null,
  age text not null,
  adjustment text not null,
  comparator text not null,
  has_break integer not null,
  is_secondary_source integer not null
) strict;

-- the kinds of the observations whose rowids follow `first_rowid`, as 32-bit numbers, the lowest
-- byte first; 0 where there are too many kinds
create table observation_kind (
  first_rowid integer primary key,
  kinds blob not null
) strict;

-- the parts of observation.other, each combination once:
-- … from observation as o join observation_dimension as p on p.other = o.other where p.list = … and p.code = …
create table observation_dimension (
  other text not null,
  list text not null,
  code text not null,
  primary key (other, list),
  foreign key (list, code) references code (list, code)
) strict, without rowid;

-- what groups that are compared have in common; ethnicity is empty where these are ethnic groups,
-- and the group within which an ordered dimension is followed where they are its steps
create table stratum (
  stratum integer primary key,
  dataset text not null references dataset (dataset),
  indicator text not null references indicator (indicator),
  scheme text not null references code_list (list),
  dimension text not null,
  area text not null references area (area),
  period_start text not null,
  period_end text not null,
  sex text not null,
  age text not null,
  other text not null,
  adjustment text not null,
  ethnicity text not null,
  ci_level real not null
) strict;

-- each group beside the reference, absolute and relative together
create table gap (
  stratum integer not null references stratum (stratum),
  ethnicity text not null,
  reference text not null,
  difference real,
  difference_se real,
  difference_lower real,
  difference_upper real,
  ratio real,
  ratio_se real,
  ratio_lower real,
  ratio_upper real,
  ci_method text not null,
  decimals integer,
  ratio_decimals integer,
  ratio_min real,
  ratio_max real,
  primary key (stratum, ethnicity),
  check (difference is not null or ratio is not null),
  check ((difference_lower is null) = (difference_upper is null)),
  check (difference_lower <= difference and difference <= difference_upper),
  -- a ratio may have a lower limit only, and that without an estimate where the reference is zero
  check (ratio_lower is not null or ratio_upper is null),
  check (ratio is not null or ratio_upper is null),
  check (ratio_lower <= ratio and ratio <= ratio_upper),
  -- what the rounding of two values allows holds the ratio of what was rounded
  check (ratio_min <= ratio and ratio <= ratio_max)
) strict, without rowid;

-- the newest gap of each series: earlier gaps, people of unknown ethnicity, events
create table gap_context (
  stratum integer not null references stratum (stratum),
  ethnicity text not null,
  unknown_difference_min real,
  unknown_difference_max real,
  unknown_ratio_min real,
  unknown_ratio_max real,
  events_above_reference real,
  events_above_reference_lower real,
  events_above_reference_upper real,
  earlier_start text,
  earlier_end text,
  difference_change real,
  difference_change_lower real,
  difference_change_upper real,
  ratio_change real,
  ratio_change_lower real,
  ratio_change_upper real,
  difference_word text,
  ratio_word text,
  moved text,
  primary key (stratum, ethnicity),
  foreign key (stratum, ethnicity) references gap (stratum, ethnicity),
  check ((unknown_difference_min is null) = (unknown_difference_max is null)),
  check ((earlier_start is null) = (earlier_end is null)),
  check (difference_change is null or earlier_start is not null)
) strict, without rowid;

-- measures over all groups of a stratum
create table inequality (
  stratum integer not null references stratum (stratum),
  measure text not null,
  reference text not null,
  value real not null,
  se real,
  ci_lower real,
  ci_upper real,
  ci_method text not null,
  groups integer not null,
  excluded integer not null,
  exploratory integer not null check (exploratory = 0 or exploratory = 1),
  homogeneity_p real check (homogeneity_p between 0 and 1),
  decimals integer,
  primary key (stratum, measure),
  -- a ratio whose divisor may be zero has a lower limit only
  check (ci_lower is not null or ci_upper is null),
  check (ci_upper is not null or ci_lower is null or measure = 'r'),
  check (ci_lower <= value and value <= ci_upper)
) strict, without rowid;

-- which measure, or interval of one, is not given, why, and for how many strata
create table inequality_missing (
  dataset text not null references dataset (dataset),
  indicator text not null references indicator (indicator),
  scheme text not null,
  dimension text not null,
  measure text not null,
  what text not null check (what = 'estimate' or what = 'interval'),
  why text not null,
  strata integer not null
) strict;

-- each group beside its reference in a family of indicators, or in an indicator of no family, which
-- stands in the place of one: which comparison is the current one
create table comparison (
  family text not null,
  area text not null references area (area),
  scheme text not null references code_list (list),
  ethnicity text not null,
  reference text not null,
  indicator text not null references indicator (indicator),
  dataset text not null references dataset (dataset),
  period_start text not null,
  period_end text not null,
  sex text not null,
  age text not null,
  other text not null,
  adjustment text not null,
  value_type text not null,
  published integer not null check (published = 0 or published = 1),
  secondary integer not null check (secondary = 0 or secondary = 1),
  synthetic integer not null check (synthetic = 0 or synthetic = 1),
  people real,
  declared integer not null check (declared = 0 or declared = 1),
  stratum integer references stratum (stratum),
  comparison_status text not null check (
    comparison_status = 'current' or comparison_status = 'history'
    or comparison_status = 'left-out'
  ),
  reason text not null,
  headline integer not null check (headline = 0 or headline = 1),
  check ((stratum is null) = (published = 1)),
  check (headline = 0 or comparison_status = 'current'),
  check (comparison_status = 'current' or reason <> '')
) strict;

create table finding (
  finding text not null primary key,
  dataset text not null references dataset (dataset),
  title text,
  statement text not null,
  detail text,
  type text not null,
  mechanism text,
  study_design text,
  direction text,
  certainty text not null,
  certainty_note text,
  assessed_by text,
  assessment_method text,
  assessed_on text,
  unbound_figures text,
  unbound_reason text,
  population text,
  area text references area (area),
  period_start text,
  period_end text,
  published text,
  reviewed text,
  next_review text,
  superseded_by text references finding (finding),
  last_checked text,
  checked_where text,
  checked_by text,
  verification text,
  note text,
  extra text
) strict;

create table finding_organisation (
  finding text not null references finding (finding),
  organisation text not null,
  primary key (finding, organisation)
) strict;

create table finding_group (
  finding text not null references finding (finding),
  scheme text not null,
  ethnicity text not null,
  role text not null check (role = 'affected' or role = 'compared'),
  primary key (finding, scheme, ethnicity, role),
  foreign key (scheme, ethnicity) references code (list, code)
) strict;

create table finding_indicator (
  finding text not null references finding (finding),
  indicator text not null references indicator (indicator),
  primary key (finding, indicator)
) strict;

create table finding_source (
  finding text not null references finding (finding),
  dataset text not null,
  source text not null,
  primary key (finding, source),
  foreign key (dataset, source) references source (dataset, source)
) strict;

-- numbers that findings state, each bound to the figures that it follows from
create table claim (
  finding text not null references finding (finding),
  claim integer not null,
  dataset text not null references dataset (dataset),
  measure text not null check (measure = 'value' or measure = 'difference' or measure = 'ratio'
    or measure = 'lower-limit' or measure = 'upper-limit' or measure = 'numerator'
    or measure = 'denominator'),
  stated real not null,
  decimals integer,
  indicator text not null references indicator (indicator),
  area text not null references area (area),
  period_start text not null,
  period_end text not null,
  scheme text not null,
  ethnicity text not null,
  reference text,
  sex text not null,
  age text not null,
  other text not null,
  comparator text not null,
  adjustment text not null,
  recomputed real,
  lowest real,
  highest real,
  verdict text not null check (verdict = 'equal' or verdict = 'within-rounding'
    or verdict = 'mismatch' or verdict = 'stale' or verdict = 'not-computable'),
  state text not null check (state = 'current' or state = 'superseded'),
  newer_period_start text,
  newer_period_end text,
  unit text,
  scale real,
  polarity text,
  obs_status text,
  verification text,
  value_note text,
  inputs text,
  inputs_signed text,
  signed_by text,
  signed_on text,
  note text,
  primary key (finding, claim),
  foreign key (scheme, ethnicity) references code (list, code),
  foreign key (scheme, reference) references code (list, code)
) strict;

create table recommendation (
  recommendation text not null primary key,
  dataset text not null references dataset (dataset),
  title text,
  text text not null,
  issued_by text,
  addressee_note text,
  strength text,
  issued text,
  due text,
  status text not null,
  last_checked text,
  checked_where text,
  checked_by text,
  next_check text,
  area text references area (area),
  population text,
  verification text,
  note text,
  extra text
) strict;

create table recommendation_organisation (
  recommendation text not null references recommendation (recommendation),
  organisation text not null,
  primary key (recommendation, organisation)
) strict;

create table recommendation_finding (
  recommendation text not null references recommendation (recommendation),
  finding text not null references finding (finding),
  primary key (recommendation, finding)
) strict;

create table recommendation_indicator (
  recommendation text not null references recommendation (recommendation),
  indicator text not null references indicator (indicator),
  primary key (recommendation, indicator)
) strict;

create table recommendation_source (
  recommendation text not null references recommendation (recommendation),
  dataset text not null,
  source text not null,
  primary key (recommendation, source),
  foreign key (dataset, source) references source (dataset, source)
) strict;

create table recommendation_update (
  recommendation text not null references recommendation (recommendation),
  updated text not null,
  status text not null,
  note text,
  dataset text not null references dataset (dataset),
  source text,
  verification text,
  extra text,
  primary key (recommendation, updated, status),
  foreign key (dataset, source) references source (dataset, source)
) strict;

create table question (
  question text not null primary key,
  dataset text not null references dataset (dataset),
  text text not null,
  other_words text,
  family text,
  area text,
  answer text,
  not_known text not null,
  note text,
  extra text
) strict;

create table question_group (
  question text not null references question (question),
  scheme text not null,
  ethnicity text not null,
  primary key (question, scheme, ethnicity)
) strict;

create table question_finding (
  question text not null references question (question),
  finding text not null references finding (finding),
  primary key (question, finding)
) strict;

create table question_recommendation (
  question text not null references question (question),
  recommendation text not null references recommendation (recommendation),
  primary key (question, recommendation)
) strict;

create table question_indicator (
  question text not null references question (question),
  indicator text not null references indicator (indicator),
  primary key (question, indicator)
) strict;

-- workstreams and topics are many: one bridge for everything that belongs to them
create table subject (
  kind text not null check (kind = 'dataset' or kind = 'indicator' or kind = 'finding'
    or kind = 'recommendation' or kind = 'question'),
  id text not null,
  list text not null check (list = 'workstream' or list = 'topic'),
  code text not null,
  primary key (kind, id, list, code),
  foreign key (list, code) references code (list, code)
) strict;

create table dataset_country (
  dataset text not null references dataset (dataset),
  area text not null references area (area),
  primary key (dataset, area)
) strict;

-- versions that were taken back; nothing of what they said is in any other table. Title and language
-- are not known where the bytes were erased; topics are codes of topics and workstreams (JSON)
create table withdrawal (
  dataset text not null,
  version text not null,
  reason text not null,
  withdrawn_on text not null,
  disclosure integer not null check (disclosure = 0 or disclosure = 1),
  title text,
  language text,
  topics text not null,
  synthetic integer not null check (synthetic = 0 or synthetic = 1),
  primary key (dataset, version)
) strict;

-- what withdrawn versions defined and no dataset defines now, so that its addresses still answer
create table withdrawn_id (
  kind text not null check (kind = 'dataset' or kind = 'indicator' or kind = 'finding'
    or kind = 'recommendation' or kind = 'question' or kind = 'list'),
  id text not null,
  dataset text not null,
  version text not null,
  primary key (kind, id),
  foreign key (dataset, version) references withdrawal (dataset, version)
) strict;

-- whom the hub takes packages from; without a moment where nothing was pulled yet
create table partner (
  partner text not null primary key,
  title text not null,
  partner_kind text not null check (partner_kind = 'hub' or partner_kind = 'package'
    or partner_kind = 'recipe'),
  url text,
  listed integer not null check (listed = 0 or listed = 1),
  pulled_at text,
  failure text
) strict;

-- what became of each package of a partner when it was last pulled; reasons are sentences (JSON)
create table partner_package (
  partner text not null references partner (partner),
  dataset text not null,
  pull_state text not null check (pull_state = 'taken' or pull_state = 'quarantined'
    or pull_state = 'withdrawn' or pull_state = 'ours' or pull_state = 'failed'),
  version text,
  url text,
  sha256 text,
  title text,
  licence text,
  pulled_at text,
  pull_reasons text not null,
  primary key (partner, dataset)
) strict;

-- what the build was made from, so that a server and a partner can tell builds apart
create table build (
  name text not null primary key,
  value text not null
) strict;
