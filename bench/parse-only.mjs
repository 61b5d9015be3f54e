// What `plan` is compared with: the records of a CSV, read as a stream and counted.
import { createReadStream } from "node:fs"
import { parse } from "csv-parse"

let records = 0
for await (const _ of createReadStream(process.argv[2]).pipe(parse({ bom: true }))) records += 1
console.log(records)
