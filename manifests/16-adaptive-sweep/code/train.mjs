// Trains the classifier of 01-demo-languages epoch by epoch, and goes on from its checkpoint where there is one: what was
// promoted to more epochs trains only those that are new.
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { accuracyOf, createModel, encodeModel, featuresOf, learn } from "./classifier.mjs"

const { SM_CHANNEL_TRAIN, SM_CHANNEL_VALIDATION, SM_MODEL_DIR, SM_HPS } = process.env
const { ngram, bits, epochs, learning_rate: learningRate, l2 } = JSON.parse(SM_HPS)
// /opt/ml/checkpoints: kept in step with the row's `checkpoint` while it trains.
const CHECKPOINT = join(SM_MODEL_DIR, "..", "checkpoints", "state.json")

const train = readNames(SM_CHANNEL_TRAIN)
const validation = readNames(SM_CHANNEL_VALIDATION)
const labels = [...new Set(train.map((name) => name.language))].sort()
const prepare = ({ language, text }) => ({
  features: featuresOf(text, ngram, bits),
  label: labels.indexOf(language),
})
const learned = train.map(prepare)
const held = validation.map(prepare)

const model = createModel(labels, ngram, bits)
const begun = restore(model)
console.log(begun === 0 ? "begins anew" : `goes on after epoch ${begun}`)
for (let epoch = begun + 1; epoch <= epochs; epoch++) {
  let loss = 0
  // Mixed by the epoch's number alone: it is the same epoch whether or not training was interrupted before it.
  for (const { features, label } of shuffled(learned, seeded(epoch))) {
    loss += learn(model, features, label, learningRate / Math.sqrt(epoch), l2)
  }
  save(model, epoch)
  const accuracy = accuracyOf(model, held)
  console.log(`epoch=${epoch} train_loss=${(loss / learned.length).toFixed(4)} accuracy=${accuracy.toFixed(4)}`)
}
// A row whose checkpoint has all its epochs already still says how good it is.
if (begun >= epochs) console.log(`epoch=${begun} accuracy=${accuracyOf(model, held).toFixed(4)}`)
writeFileSync(join(SM_MODEL_DIR, "model.json"), encodeModel(model))

/** Epochs that the checkpoint has; 0: there is none. */
function restore(into) {
  if (!existsSync(CHECKPOINT)) return 0
  const { epoch, weights } = JSON.parse(readFileSync(CHECKPOINT, "utf8"))
  const bytes = Uint8Array.from(Buffer.from(weights, "base64"))
  into.weights.set(new Float64Array(bytes.buffer))
  return epoch
}

/** Whole or not at all: who is killed here leaves the epoch before. */
function save({ weights }, epoch) {
  const bytes = Buffer.from(weights.buffer, weights.byteOffset, weights.byteLength)
  writeFileSync(`${CHECKPOINT}.new`, JSON.stringify({ epoch, weights: bytes.toString("base64") }))
  renameSync(`${CHECKPOINT}.new`, CHECKPOINT)
}

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

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function seeded(seed) {
  let state = Math.imul(seed, 0x9e3779b1)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), state | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296
  }
}
