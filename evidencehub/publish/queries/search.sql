-- Search everything that has a page: indicators, findings, recommendations, groups, places …
-- Words as people type them; try words=maternal.
select kind, id, title, snippet(search_page, 5, '[', ']', '…', 24) as excerpt
from search_page
where search_page match '"' || replace(:words, '"', '') || '"'
order by rank, kind, id
limit 50
