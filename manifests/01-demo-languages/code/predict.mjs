// Tells the language of names with a trained model: node predict.mjs MODEL.JSON NAME...
import { readFileSync } from "node:fs"
import { decodeModel, featuresOf, predict } from "./classifier.mjs"

const [file, ...names] = process.argv.slice(2)
const model = decodeModel(readFileSync(file, "utf8"))
for (const name of names) {
  const probabilities = predict(model, featuresOf(name, model.longest, model.bits))
  const best = probabilities.indexOf(Math.max(...probabilities))
  console.log(`${name}: ${model.labels[best]} (${(100 * probabilities[best]).toFixed(0)} %)`)
}
