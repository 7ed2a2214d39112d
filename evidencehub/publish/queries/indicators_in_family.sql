-- The same thing measured in several countries
-- Indicators that share a family, with their datasets; compare inequality within each, never
-- groups between countries. Try family=infant-mortality.
select i.indicator, i.title, i.unit, i.dataset, d.title as dataset_title, d.whose_ethnicity
from indicator as i
join dataset as d on d.dataset = i.dataset and d.synthetic = 0
where i.family = :family
order by i.indicator
limit 200
