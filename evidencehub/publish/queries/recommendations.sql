-- Recommendations with their latest status
-- One line each: what was recommended, its status, and since when.
select recommendation, text, status, since, note, dataset
from recommendation_latest
order by recommendation
limit 500
