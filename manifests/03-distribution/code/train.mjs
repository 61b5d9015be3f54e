// Trains one classifier on several hosts: each learns from the files it was given, and after each pass they average.
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { accuracyOf, createModel, encodeModel, featuresOf, learn } from "./classifier.mjs"
import { meetHosts } from "./hosts.mjs"

const { SM_CHANNEL_TRAIN, SM_CHANNEL_VALIDATION, SM_MODEL_DIR, SM_HPS, SM_HOSTS, SM_CURRENT_HOST } = process.env
const { ngram, bits, epochs, learning_rate: learningRate } = JSON.parse(SM_HPS)

// The validation channel is the same on every host, so all agree on the labels, whatever share of `train` they have.
const validation = readNames(SM_CHANNEL_VALIDATION)
const labels = [...new Set(validation.map((name) => name.language))].sort()
const prepare = ({ language, text }) => ({ features: featuresOf(text, ngram, bits), label: labels.indexOf(language) })
const files = readdirSync(SM_CHANNEL_TRAIN).sort()
const learned = readNames(SM_CHANNEL_TRAIN).map(prepare)
console.log(`${SM_CURRENT_HOST} has ${files.length} files with ${learned.length} names: ${files.join(" ")}`)

const group = await meetHosts({
  hosts: JSON.parse(SM_HOSTS),
  current: SM_CURRENT_HOST,
  job: process.env.TRAINING_JOB_NAME ?? "job",
})
const model = createModel(labels, ngram, bits)
await group.average(model.weights) // All hosts are here: the watch starts.
const startedAt = performance.now()
const random = seeded(1 + Number(SM_CURRENT_HOST.replace(/\D/g, "")))
for (let epoch = 1; epoch <= epochs; epoch++) {
  for (const { features, label } of shuffled(learned, random)) {
    learn(model, features, label, learningRate / Math.sqrt(epoch), 0)
  }
  model.weights = await group.average(model.weights)
}
const seconds = (performance.now() - startedAt) / 1000
const [meanNames] = await group.average(Float64Array.of(learned.length))
group.close()

if (group.isFirst) {
  const accuracy = accuracyOf(model, validation.map(prepare))
  console.log(`train_seconds=${seconds.toFixed(3)} names_per_host=${meanNames} accuracy=${accuracy.toFixed(4)}`)
  writeFileSync(join(SM_MODEL_DIR, "model.json"), encodeModel(model))
}

function readNames(folder) {
  return readdirSync(folder)
    .sort()
    .flatMap((file) => readFileSync(join(folder, file), "utf8").trimEnd().split("\n"))
    .map((line) => {
      const [language, text] = line.split("\t")
      return { language, text }
    })
}

function shuffled(items, random) {
  const mixed = [...items]
  for (let at = mixed.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    ;[mixed[at], mixed[other]] = [mixed[other], mixed[at]]
  }
  return mixed
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function seeded(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), state | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296
  }
}
