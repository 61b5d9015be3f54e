// Softmax regression over hashed letter groups: tells which language a name is written in.

/** Features of a name: its letter groups of 1 to `longest` letters, hashed into `2 ** bits` buckets. */
export function featuresOf(text, longest, bits) {
  const letters = [...`<${text.toLowerCase()}>`]
  const buckets = []
  for (let length = 1; length <= longest; length++) {
    for (let at = 0; at + length <= letters.length; at++) {
      buckets.push(hash(letters.slice(at, at + length).join("")) >>> (32 - bits))
    }
  }
  return Uint32Array.from(buckets)
}

/** FNV-1a with a last mix, 32 bits. */
function hash(text) {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return Math.imul(value ^ (value >>> 15), 0x2c1b3c6d)
}

/** A model that knows nothing yet. `weights` holds one number per bucket and label. */
export function createModel(labels, longest, bits) {
  return { labels, longest, bits, weights: new Float64Array(labels.length * 2 ** bits) }
}

/** Probability of each label. */
export function predict(model, features) {
  const count = model.labels.length
  const scores = new Float64Array(count)
  const scale = 1 / Math.sqrt(features.length)
  for (const bucket of features) {
    for (let label = 0; label < count; label++) scores[label] += model.weights[bucket * count + label] * scale
  }
  const highest = Math.max(...scores)
  let sum = 0
  for (let label = 0; label < count; label++) {
    scores[label] = Math.exp(scores[label] - highest)
    sum += scores[label]
  }
  return scores.map((score) => score / sum)
}

/** One step of stochastic gradient descent on one name; returns the loss before the step. */
export function learn(model, features, label, rate, decay) {
  const count = model.labels.length
  const probabilities = predict(model, features)
  const scale = 1 / Math.sqrt(features.length)
  for (let other = 0; other < count; other++) {
    const slope = (probabilities[other] - (other === label ? 1 : 0)) * scale
    for (const bucket of features) {
      const at = bucket * count + other
      model.weights[at] -= rate * (slope + decay * model.weights[at])
    }
  }
  return -Math.log(Math.max(probabilities[label], 1e-12))
}

/** Share of the names whose most probable label is the right one. */
export function accuracyOf(model, names) {
  const right = names.filter(({ features, label }) => {
    const probabilities = predict(model, features)
    return probabilities.indexOf(Math.max(...probabilities)) === label
  })
  return right.length / names.length
}

/** The model as text. */
export function encodeModel({ labels, longest, bits, weights }) {
  const bytes = Buffer.from(Float32Array.from(weights).buffer)
  return JSON.stringify({ labels, longest, bits, weights: bytes.toString("base64") })
}

export function decodeModel(text) {
  const { weights, ...rest } = JSON.parse(text)
  const bytes = Uint8Array.from(Buffer.from(weights, "base64"))
  return { ...rest, weights: Float64Array.from(new Float32Array(bytes.buffer)) }
}
