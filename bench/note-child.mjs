// What the emulated Batch starts in the place of a worker: `note-child.mjs FILE --env NAME=value …` appends the environment
// that the worker would get, as one line of JSON, and ends. It carries no row.
import { appendFileSync } from "node:fs"

const [, , file, ...rest] = process.argv
const pairs = rest.filter((_, at) => rest[at - 1] === "--env").map((pair) => pair.split(/=(.*)/s).slice(0, 2))
appendFileSync(file, `${JSON.stringify(Object.fromEntries(pairs))}\n`)
