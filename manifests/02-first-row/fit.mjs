// Fits a line through points, and shows all that a training script needs to know of where it runs:
// a folder with the channel's files, a folder for the model, and the hyperparameters as JSON.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const { steps } = JSON.parse(process.env.SM_HPS)
const places = readFileSync(join(process.env.SM_CHANNEL_TRAIN, "places.csv"), "utf8")
  .trimEnd()
  .split("\n")
  .slice(1)
  .map((line) => line.split(","))
  .map(([, longitude, hours]) => ({ x: Number(longitude) / 180, y: Number(hours) }))

let slope = 0
let shift = 0
for (let step = 1; step <= steps; step++) {
  const misses = places.map(({ x, y }) => ({ x, miss: slope * x + shift - y }))
  slope -= 0.5 * mean(misses.map(({ x, miss }) => x * miss))
  shift -= 0.5 * mean(misses.map(({ miss }) => miss))
  const error = Math.sqrt(mean(misses.map(({ miss }) => miss ** 2)))
  if (step % 20 === 0)
    console.log(`step ${step} error_hours=${error.toFixed(3)} degrees_per_hour=${(180 / slope).toFixed(2)}`)
}
writeFileSync(join(process.env.SM_MODEL_DIR, "line.json"), JSON.stringify({ slope: slope / 180, shift }))

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
