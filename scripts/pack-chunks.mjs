// Makes one file of a bundle's chunks, each a function that runs when it is first asked for.
// It changes neither what a chunk does nor when. Node finds, reads and links every ES module by itself: 90 files cost a worker
// on AWS a seventh of its CPU time before the first training job is asked for.
import { transform } from "esbuild"

/**
 * @param chunks text by file name, as esbuild splits an ES module; none but the entry may await at its top
 * @param entry name of the chunk that is run first; it finds the path of the started file as `import.meta.filename`
 * @returns text of a script and of a CommonJS module: a function of the path of the started file
 */
export async function packChunks(chunks, entry) {
  const parts = await Promise.all([...chunks].map(async ([name, text]) => `${key(name)}: ${await asFunction(text)}`))
  // Its value is the function, for whoever runs it as a script; a CommonJS module exports it.
  return `(() => {
"use strict"
const chunks = {
${parts.join(",\n")}
}
const read = new Map()
const start = (entry) => {
  const chunk = (name) => {
    const known = read.get(name)
    if (known !== undefined) return known.exports
    const module = { exports: {} }
    read.set(name, module)
    chunks[name](module, chunk, entry)
    return module.exports
  }
  chunk(${key(entry)})
}
if (typeof module === "object") module.exports = start
return start
})()
`
}

function key(name) {
  return JSON.stringify(`./${name}`)
}

async function asFunction(text) {
  const { code } = await transform(text, {
    format: "cjs",
    platform: "node",
    target: "node22",
    // Names are short already; esbuild's own are looked for below.
    minifyWhitespace: true,
    minifySyntax: true,
    // Without it esbuild makes a promise of a chunk that is there already.
    supported: { "dynamic-import": false },
    define: { "import.meta.filename": "__entry" },
  })
  return `(module, require, __entry) => {${withPlainExports(code)}}`
}

/** All chunks are ES modules, so one may have another's exports as they are, not copies made to look like CommonJS and back. */
function withPlainExports(code) {
  const plain = code
    .replace("module.exports=__toCommonJS(stdin_exports)", "module.exports=stdin_exports")
    .replaceAll(/__toESM\(require\(("\.\/[^"]+")\)\)/g, "require($1)")
  if (/module\.exports=__toCommonJS|__toESM\(require\(/.test(plain)) throw new Error("a chunk that is no ES module")
  return plain
}
