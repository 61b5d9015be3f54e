// The files of a new project: they work as they are, and say what to change.
// Only text; where they are written is init-project's.

export interface TemplateFile {
  /** Relative to the project's folder. */
  readonly path: string
  readonly text: string
}

const SETTINGS = `# What every row of manifest.csv has in common; a cell of the manifest wins over what stands here.
# All settings, with their meaning: regatta config schema. What is in force, and why: regatta config show --origin

# Where the rows run. local: on this machine, without an account.
on: local

# Stands in for your own AWS account; on local nothing is asked of it.
account: "123456789012"

storage:
  map:
    # On local, this bucket is this folder: s3://my-data/us-east-1/ is data/us-east-1/ beside this file.
    my-data: data

defaults:
  # What trains. On local the entry point runs with this machine's own Node; on aws it runs in this image.
  image: "{account}.dkr.ecr.{region}.amazonaws.com/trainer:latest"
  source_dir: code
  entry_point: train.mjs

  instance_type: ml.m5.large
  max_runtime: 10m

  # Metrics are read from the log: the first group of the expression is the value.
  metric.error: "error=([0-9.]+)"

# Settings of one region, between the defaults and a cell:
# regions:
#   eu-west-1:
#     instance_type: ml.c5.xlarge

# On local, how many rows run at once:
# local:
#   parallel: 4
`

const MANIFEST = `name,region,s3_location,hp.learning_rate,hp.steps
careful-east,us-east-1,s3://my-data/us-east-1/,0.05,100
bold-east,us-east-1,s3://my-data/us-east-1/,0.5,100
careful-west,eu-west-1,s3://my-data/eu-west-1/,0.05,100
bold-west,eu-west-1,s3://my-data/eu-west-1/,0.5,100
`

const SCRIPT = `// Fits y = slope * x + shift to the points of the channel "train", by gradient descent.
// Put your own training here: what it may rely on is read below, and is the same on aws.
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const { learning_rate: rate, steps } = JSON.parse(process.env.SM_HPS) // the manifest's hp.* columns
const folder = process.env.SM_CHANNEL_TRAIN // what lies under s3_location

const points = readdirSync(folder).flatMap((file) =>
  readFileSync(join(folder, file), "utf8")
    .trim()
    .split("\\n")
    .slice(1)
    .map((line) => line.split(",").map(Number)),
)

let slope = 0
let shift = 0
for (let step = 1; step <= steps; step++) {
  const misses = points.map(([x, y]) => [x, slope * x + shift - y])
  slope -= rate * mean(misses.map(([x, miss]) => x * miss))
  shift -= rate * mean(misses.map(([, miss]) => miss))
  const error = Math.sqrt(mean(misses.map(([, miss]) => miss ** 2)))
  if (step % 10 === 0) console.log(\`step \${step} error=\${error.toFixed(4)}\`) // metric.error reads this
}

// What lies in this folder at the end becomes the row's artifact, model.tar.gz.
writeFileSync(join(process.env.SM_MODEL_DIR, "line.json"), JSON.stringify({ slope, shift }))

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
`

/** Points on a line, a little off it. */
function points(slope: number, shift: number): string {
  const rows = Array.from({ length: 20 }, (_, at) => {
    const x = at / 10 - 1
    const y = slope * x + shift + 0.05 * Math.sin(37 * at)
    return `${x.toFixed(1)},${y.toFixed(3)}`
  })
  return `x,y\n${rows.join("\n")}\n`
}

export const PROJECT_FILES: readonly TemplateFile[] = [
  { path: "regatta.yaml", text: SETTINGS },
  { path: "manifest.csv", text: MANIFEST },
  { path: "code/train.mjs", text: SCRIPT },
  { path: "data/us-east-1/points.csv", text: points(2, 0.5) },
  { path: "data/eu-west-1/points.csv", text: points(-1, 1) },
]
