create table observation (
  ${columns},
  foreign key (scheme, ethnicity) references code (list, code),
  foreign key (dataset, source) references source (dataset, source),
  check (length(period_start) = 10 and length(period_end) = 10 and period_end >= period_start),
  check (ci_lower is null or value is null or ci_lower <= value),
  check (ci_upper is null or value is null or ci_upper >= value),
  check (
    value is not null or value_min is not null or value_max is not null
    or ${is_missing}
  ),
  check (
    (value is null and ci_lower is null and ci_upper is null and se is null)
    or not (${is_missing})
  ),
  check (value is null or (value_min is null and value_max is null)),
  check (obs_status <> '${suppressed}' or (numerator is null and conf_status <> '${free}')),
  check (conf_status = '${free}' or obs_status = '${suppressed}')
) strict;
