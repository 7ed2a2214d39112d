-- Recommendations with their latest status
-- One line each: what was recommended, its status, and since when.
select recommendation, text, status, status_on as since, note, dataset
from recommendation_status
join dataset as d using (dataset)
where d.synthetic = 0
order by recommendation
limit 500
