// Trains the classifier on the row's own data, as SageMaker's container contract hands it over.
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { accuracyOf, createModel, encodeModel, featuresOf, learn } from "./classifier.mjs"

const { SM_CHANNEL_TRAIN, SM_CHANNEL_VALIDATION, SM_MODEL_DIR, SM_HPS } = process.env
const { ngram, bits, epochs, learning_rate: learningRate, l2 } = JSON.parse(SM_HPS)

const train = readNames(SM_CHANNEL_TRAIN)
const validation = readNames(SM_CHANNEL_VALIDATION)
const labels = [...new Set(train.map((name) => name.language))].sort()
const prepare = ({ language, text }) => ({
  features: featuresOf(text, ngram, bits),
  label: labels.indexOf(language),
})
const learned = train.map(prepare)
const held = validation.map(prepare)
console.log(`labels=${labels.join(",")} train_names=${learned.length} validation_names=${held.length}`)

const model = createModel(labels, ngram, bits)
const random = seeded(1)
for (let epoch = 1; epoch <= epochs; epoch++) {
  let loss = 0
  for (const { features, label } of shuffled(learned, random)) {
    loss += learn(model, features, label, learningRate / Math.sqrt(epoch), l2)
  }
  const accuracy = accuracyOf(model, held)
  console.log(`epoch=${epoch} train_loss=${(loss / learned.length).toFixed(4)} accuracy=${accuracy.toFixed(4)}`)
}
writeFileSync(join(SM_MODEL_DIR, "model.json"), encodeModel(model))

/** Lines of `language<TAB>name` of every file of the channel. */
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

/** Numbers in [0, 1), the same for the same seed: a row trained twice gives the same model (mulberry32). */
function seeded(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), state | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296
  }
}
