// Fits how far a car needs to stop by its speed: a polynomial of degree hp.degree, by least squares.
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const { degree = 1 } = JSON.parse(process.env.SM_HPS ?? "{}")
const folder = process.env.SM_CHANNEL_TRAIN
const points = readdirSync(folder).flatMap((name) =>
  readFileSync(join(folder, name), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.split(",").map(Number)),
)

const powers = (speed) => Array.from({ length: Number(degree) + 1 }, (_, power) => (speed / 40) ** power)
const coefficients = solve(points)
const predict = (speed) => powers(speed).reduce((sum, each, at) => sum + each * coefficients[at], 0)
const squares = points.reduce((sum, [speed, distance]) => sum + (predict(speed) - distance) ** 2, 0)
console.log(`rmse=${Math.sqrt(squares / points.length).toFixed(4)}`)
writeFileSync(join(process.env.SM_MODEL_DIR, "model.json"), JSON.stringify({ coefficients }))

/** Solves the normal equations by elimination. */
function solve(known) {
  const size = Number(degree) + 1
  const rows = Array.from({ length: size }, (_, i) => [
    ...Array.from({ length: size }, (_, j) => known.reduce((sum, [x]) => sum + powers(x)[i] * powers(x)[j], 0)),
    known.reduce((sum, [x, y]) => sum + powers(x)[i] * y, 0),
  ])
  for (let pivot = 0; pivot < size; pivot += 1) {
    for (let row = 0; row < size; row += 1) {
      if (row === pivot) continue
      const factor = rows[row][pivot] / rows[pivot][pivot]
      rows[row] = rows[row].map((value, at) => value - factor * rows[pivot][at])
    }
  }
  return rows.map((row, at) => row[size] / row[at])
}
