// Ends as its row says, so that each kind of end can be seen in the table.
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

const { what, attempt } = JSON.parse(process.env.SM_HPS)
console.log(`attempt ${attempt}: ${what}`)

switch (what) {
  case "reason": {
    // The first 1,024 characters of this file become the row's reason.
    const file = join(process.env.SM_OUTPUT_DIR, "failure")
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, "the validation data has no labels")
    process.exitCode = 1
    break
  }
  case "throw":
    throw new Error("loss is not a number at step 17")
  case "hang":
    setInterval(() => {}, 1_000)
    break
  case "fail-once":
    if (attempt === 1) throw new Error("this machine has a bad day")
}
if (what === "complete" || what === "fail-once") {
  writeFileSync(join(process.env.SM_MODEL_DIR, "model.txt"), `trained in attempt ${attempt}\n`)
}
