-- What would have to be copied, and where to: for each place of a campaign's data, the regions that have free capacity of the
-- instance type and a lower price. Each row is a training where the copy would lie, and its tags say what the copy costs and what
-- the hours would save. It chooses nothing: whether a copy pays for itself is for you to say.
-- regatta catalog copies.sql --param campaign=imagenet2012 --param instance_type=ml.p3.16xlarge --param hours=20
select
  c.name || '-' || d.region || '-to-' || there.region as name,
  there.region,
  replace(d.s3_location, d.region, there.region) as s3_location,
  there.instance_type,
  d.s3_location as "tag.copy_from",
  round(d.bytes / 1000000000.0, 1) as "tag.copy_gb",
  round(d.bytes / 1000000000.0 * t.usd_per_gb, 2) as "tag.copy_usd",
  round((here.on_demand_usd - there.on_demand_usd) * cast(:hours as numeric), 2) as "tag.saves_usd"
from datasets d
join campaigns c on c.id = d.campaign_id
join regions r on r.region = d.region
join prices here on here.region = d.region and here.instance_type = :instance_type
join prices there on there.instance_type = here.instance_type and there.on_demand_usd < here.on_demand_usd
join capacity free on free.region = there.region and free.instance_type = there.instance_type
join transfers t on t.from_region = d.region and t.to_region = there.region
join regions target on target.region = there.region
where c.name = :campaign
  and d.is_ready
  and free.quota > free.reserved
order by r.rank, target.rank
