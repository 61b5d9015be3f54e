-- A catalog of recordings that test drives made, and of public data sets, and where each lies. PostgreSQL and SQLite take it.

create table regions (
  region text primary key,
  rank integer not null -- the order in which people name them
);

create table campaigns (
  id integer primary key,
  name text not null unique,
  owner text not null,
  starts_on date not null,
  priority integer not null
);

create table drives (
  id integer primary key,
  campaign_id integer not null references campaigns (id),
  vehicle text not null,
  driven_on date not null,
  region text not null references regions (region),
  kilometres numeric not null
);

create table sensors (
  id integer primary key,
  drive_id integer not null references drives (id),
  kind text not null, -- brake, camera-front, lidar
  frames bigint not null
);

-- One line for each region in which a data set lies. One made of a campaign's drives names their sensor.
create table datasets (
  id integer primary key,
  campaign_id integer not null references campaigns (id),
  name text not null,
  format text not null,
  sensor text,
  region text not null references regions (region),
  s3_location text not null,
  bytes bigint not null,
  objects integer not null,
  is_ready boolean not null
);

create index datasets_by_campaign on datasets (campaign_id, region);

-- USD per instance-hour, as somebody noted them: ask the account, not this table, before you spend money.
create table prices (
  region text not null references regions (region),
  instance_type text not null,
  on_demand_usd numeric not null,
  spot_usd numeric, -- null: no Spot there
  primary key (region, instance_type)
);

-- Instances that one may have at once, and how many of them are reserved.
create table capacity (
  region text not null references regions (region),
  instance_type text not null,
  quota integer not null,
  reserved integer not null,
  primary key (region, instance_type)
);

-- USD per GB from one region to another.
create table transfers (
  from_region text not null references regions (region),
  to_region text not null references regions (region),
  usd_per_gb numeric not null,
  primary key (from_region, to_region)
);
