// Makes folders that look like the data set of the catalog's campaign imagenet2012 in each region: as many files, as many bytes, and
// nothing in them. They take no room where the file system knows holes. Good for a plan; whoever copies them copies holes.
import { closeSync, ftruncateSync, mkdirSync, openSync } from "node:fs"
import { join } from "node:path"

const REGIONS = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"]
const [BYTES, FILES] = [151_000_000_000, 1152]

for (const region of REGIONS) {
  const folder = join(import.meta.dirname, "pretended", region, "imagenet2012", "tf-imagenet", "resized")
  mkdirSync(folder, { recursive: true })
  for (let at = 0; at < FILES; at += 1) {
    const file = openSync(join(folder, `train-${String(at).padStart(5, "0")}-of-0${FILES}`), "w")
    ftruncateSync(file, Math.floor(BYTES / FILES) + (at < BYTES % FILES ? 1 : 0))
    closeSync(file)
  }
}
