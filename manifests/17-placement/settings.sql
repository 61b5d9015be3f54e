-- Prices, room and prices of transfers of a catalog, as the lines of a regatta.yaml. One column; PostgreSQL and SQLite take it.
-- psql … -At -f settings.sql
select line from (
  select 1 as part, '' as place, 'prices:' as line
  union all
  select 1, region || '/' || instance_type, '  ' || region || '/' || instance_type || ': ' || on_demand_usd from prices
  union all
  select 2, '', 'limits:'
  union all
  select 2, region || '/' || instance_type, '  ' || region || '/' || instance_type || ': ' || quota from capacity
  union all
  select 3, '', 'placement:'
  union all
  select 4, '', '  transfer_usd_per_gb:'
  union all
  select distinct 4, from_region, '    ' || from_region || ':' from transfers
  union all
  select 4, from_region || ' ' || to_region, '      ' || to_region || ': ' || usd_per_gb from transfers
) as lines
order by part, place
