-- Search datasets, indicators, findings, recommendations and codes
-- Words as people type them; try words=maternal.
select kind, id, title, snippet(search, 3, '[', ']', '…', 24) as excerpt
from search
where search match '"' || replace(:words, '"', '') || '"'
order by rank, kind, id
limit 50
