-- Groups of every scheme in one navigation facet
-- For finding data about people across countries, never for adding up or comparing. Try
-- facet=AFD.
select x.from_scheme as scheme, x.from_code as ethnicity, c.label, x.relation
from crosswalk as x
left join code as c on c.list = x.from_scheme and c.code = x.from_code
left join code_list as l on l.list = x.from_scheme
left join dataset as d on d.dataset = l.dataset
where coalesce(d.synthetic, 0) = 0 and x.to_scheme = 'hub-facet' and (x.to_code = :facet or x.to_code like :facet || '-%')
order by x.from_scheme, c.sort_order
limit 500
