// Fills the catalog of schema.sql with a made-up, seeded world: the same bytes for the same arguments.
//   node fill.mjs --sqlite catalog.sqlite          makes a SQLite file, schema and all
//   node fill.mjs | psql …                         prints the rows as SQL, for any database that has the schema
//   node fill.mjs --rows 1000000 …                 and so many more data sets, of the campaign "many"
//   node fill.mjs --data data                      writes the recordings of the campaign "braking-2026"
import { spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

const REGIONS = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"]
const VEHICLES = ["vega", "rigel", "deneb"]
/** USD per instance-hour in us-east-1, and how much dearer the other regions are. */
const ON_DEMAND = { "ml.m5.large": 0.115, "ml.p3.16xlarge": 28.152 }
const DEARER = [1, 1, 1.08, 1.25]
const ROWS_AT_ONCE = 500

const options = readOptions(process.argv.slice(2))
const random = seeded(options.seed)
if (options.data !== null) writeRecordings(options.data)
else if (options.sqlite !== null) await fillSqlite(options.sqlite)
else for (const statement of statements()) await print(`${statement};\n`)

/** The whole world as insert statements. */
function* statements() {
  yield* inserts(
    "regions",
    REGIONS.map((region, rank) => [region, rank]),
  )
  yield* inserts("campaigns", [
    [1, "imagenet2012", "vision", "2026-01-12", 10],
    [2, "braking-2026", "chassis", "2026-03-02", 20],
    [3, "many", "nobody", "2026-05-01", 0],
  ])
  const drives = [...drivesOf(2)]
  yield* inserts("drives", drives)
  yield* inserts("sensors", sensorsOf(drives))
  yield* inserts("datasets", datasets())
  yield* inserts(
    "prices",
    REGIONS.flatMap((region, at) => pricesOf(region, at)),
  )
  yield* inserts(
    "capacity",
    REGIONS.flatMap((region, at) => capacityOf(region, at)),
  )
  yield* inserts(
    "transfers",
    REGIONS.flatMap((from) =>
      REGIONS.filter((to) => to !== from).map((to) => [from, to, from.slice(0, 2) === to.slice(0, 2) ? 0.01 : 0.02]),
    ),
  )
}

/** 40 drives, more of them in the first regions. */
function* drivesOf(campaign) {
  for (let id = 1; id <= 40; id += 1) {
    const region = REGIONS[Math.floor(random() ** 1.5 * REGIONS.length)]
    const day = String(1 + Math.floor(random() * 28)).padStart(2, "0")
    const kilometres = Math.round(20 + random() * 180)
    yield [id, campaign, VEHICLES[id % VEHICLES.length], `2026-03-${day}`, region, kilometres]
  }
}

function* sensorsOf(drives) {
  let id = 0
  for (const [drive] of drives) {
    for (const kind of ["brake", "camera-front", "lidar"]) {
      id += 1
      yield [id, drive, kind, 50 + Math.floor(random() * 200)]
    }
  }
}

function* datasets() {
  let id = 0
  const next = () => {
    id += 1
    return id
  }
  for (const region of REGIONS) {
    const location = `s3://imagenet-${region}/imagenet2012/tf-imagenet/resized`
    yield [next(), 1, "imagenet2012", "tf-imagenet/resized", null, region, location, 151_000_000_000, 1152, true]
    // A copy that is not whole yet is none.
    const raw = `s3://imagenet-${region}/imagenet2012/raw`
    yield [next(), 1, "imagenet2012-raw", "jpeg", null, region, raw, 157_300_000_000, 1_331_167, false]
  }
  for (const region of REGIONS) {
    const location = `s3://drives-${region}/brake/`
    yield [next(), 2, "braking-2026", "csv", "brake", region, location, 3_400, 1, true]
  }
  for (let row = 0; row < options.rows; row += 1) {
    const region = REGIONS[Math.floor(random() * REGIONS.length)]
    const name = `many-${String(row).padStart(7, "0")}`
    const bytes = Math.floor(random() * 2 ** 40)
    yield [next(), 3, name, "parquet", null, region, `s3://many-${region}/${name}/`, bytes, 1 + (row % 999), true]
  }
}

function pricesOf(region, at) {
  return Object.entries(ON_DEMAND).map(([type, usd]) => {
    const onDemand = Number((usd * DEARER[at]).toFixed(3))
    return [region, type, onDemand, Number((onDemand * (0.3 + random() * 0.5)).toFixed(3))]
  })
}

function capacityOf(region, at) {
  return [
    [region, "ml.m5.large", 20, 0],
    [region, "ml.p3.16xlarge", 10, [0, 4, 10, 2][at]],
  ]
}

/** Insert statements of many rows each. */
function* inserts(table, rows) {
  let values = []
  for (const row of rows) {
    values.push(`(${row.map(literal).join(", ")})`)
    if (values.length < ROWS_AT_ONCE) continue
    yield `insert into ${table} values\n${values.join(",\n")}`
    values = []
  }
  if (values.length > 0) yield `insert into ${table} values\n${values.join(",\n")}`
}

function literal(value) {
  if (value === null) return "null"
  return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value)
}

async function fillSqlite(file) {
  const { DatabaseSync } = await import("node:sqlite").catch(againUnderOwnNode)
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(`${file}${suffix}`, { force: true })
  const database = new DatabaseSync(file)
  database.exec(readFileSync(join(import.meta.dirname, "schema.sql"), "utf8"))
  database.exec("begin")
  for (const statement of statements()) database.exec(statement)
  database.exec("commit")
  database.close()
}

/** Node has SQLite since 22.13; the `node` package beside Regatta is new enough. */
function againUnderOwnNode() {
  const binary = join(dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin", "node")
  const { status } = spawnSync(binary, process.argv.slice(1), { stdio: "inherit" })
  process.exit(status ?? 1)
}

/** How far a car of some speed (m/s) needs to stop (m), with some noise, a file for each region: speed,distance. */
function writeRecordings(folder) {
  for (const region of REGIONS) {
    mkdirSync(join(folder, region, "brake"), { recursive: true })
    const lines = Array.from({ length: 200 }, () => {
      const speed = 5 + random() * 35
      const distance = 0.8 * speed + (speed * speed) / 14 + (random() - 0.5) * 4
      return `${speed.toFixed(2)},${distance.toFixed(2)}\n`
    })
    writeFileSync(join(folder, region, "brake", "brake.csv"), lines.join(""))
  }
}

async function print(text) {
  if (process.stdout.write(text)) return
  await new Promise((resolve) => process.stdout.once("drain", resolve))
}

/** Mulberry32: uniform in [0, 1). */
function seeded(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function readOptions(words) {
  const read = { sqlite: null, data: null, rows: 0, seed: 1 }
  for (let at = 0; at < words.length; at += 2) {
    const name = words[at].replace(/^--/, "")
    const value = words[at + 1]
    if (!Object.hasOwn(read, name) || value === undefined) {
      console.error("usage: node fill.mjs [--sqlite FILE | --data FOLDER] [--rows N] [--seed N]")
      process.exit(2)
    }
    read[name] = typeof read[name] === "number" ? Number(value) : value
  }
  return read
}
