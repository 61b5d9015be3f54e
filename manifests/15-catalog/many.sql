-- As many rows as fill.mjs was given by --rows.
-- node fill.mjs --rows 1000000 --sqlite catalog.sqlite
-- regatta catalog many.sql -o many.csv
select
  d.name,
  d.region,
  d.s3_location,
  d.objects as "hp.objects",
  c.name as "tag.campaign"
from datasets d
join campaigns c on c.id = d.campaign_id
where c.name = 'many'
order by d.id
