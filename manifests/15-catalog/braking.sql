-- One training for each region's recordings of a campaign: on Spot where that saves at least a third, and longer where there is
-- more to read. The names of the columns are those of a manifest.
-- regatta catalog braking.sql --param campaign=braking-2026 --param instance_type=ml.m5.large -o manifest.csv
with driven as (
  select dr.campaign_id, dr.region, count(*) as drives, sum(s.frames) as frames
  from drives dr
  join sensors s on s.drive_id = dr.id
  where s.kind = 'brake'
  group by dr.campaign_id, dr.region
)
select
  'braking-' || d.region as name,
  d.region,
  d.s3_location,
  p.instance_type,
  p.spot_usd < p.on_demand_usd * 2 / 3 as spot,
  case when driven.frames > 1500 then '30m' else '10m' end as max_runtime,
  c.priority,
  driven.drives as "hp.drives",
  case when driven.frames > 1500 then 2 else 1 end as "hp.degree",
  c.name as "tag.campaign"
from datasets d
join campaigns c on c.id = d.campaign_id
join regions r on r.region = d.region
join driven on driven.campaign_id = c.id and driven.region = d.region
join prices p on p.region = d.region and p.instance_type = :instance_type
where c.name = :campaign
  and d.sensor = 'brake'
  and d.is_ready
order by r.rank
