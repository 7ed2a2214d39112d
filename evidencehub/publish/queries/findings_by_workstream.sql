-- Findings of one workstream
-- Try workstream=improving-health-and-care.
select f.finding, f.statement, f.type, f.certainty, f.area, f.published, f.dataset
from finding as f
join subject as s on s.kind = 'finding' and s.id = f.finding and s.list = 'workstream'
join dataset as d on d.dataset = f.dataset and d.synthetic = 0
where s.code = :workstream
order by f.published desc, f.finding
limit 500
