-- Keys and indexes, made once every row is in.

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
create index comparison_family on comparison (family, comparison_status);
create index comparison_indicator on comparison (indicator);
create index inequality_missing_indicator on inequality_missing (indicator);
create index indicator_dataset on indicator (dataset);
create index indicator_family on indicator (family);
create index finding_dataset on finding (dataset);
create index finding_group_code on finding_group (scheme, ethnicity);
create index finding_indicator_indicator on finding_indicator (indicator);
create index question_indicator_indicator on question_indicator (indicator);
create index recommendation_dataset on recommendation (dataset);
create index crosswalk_to on crosswalk (to_scheme, to_code);
create index subject_code on subject (list, code);
