-- The array file of 05-imagenet-horovod: where each region keeps its own copy of a campaign's data set.
-- regatta catalog imagenet.sql --param campaign=imagenet2012 --headerless -o array.csv
select
  d.region,
  d.s3_location
from datasets d
join campaigns c on c.id = d.campaign_id
join regions r on r.region = d.region
where c.name = :campaign
  and d.format = 'tf-imagenet/resized'
  and d.is_ready
order by r.rank
