import { expect, test } from "vitest"
import { MemoryFileSystem } from "../../../src/adapters/file-system/memory/memory-file-system.ts"
import { planRun } from "../../../src/app/plan-run.ts"
import type { PlanRequest } from "../../../src/app/planned.ts"
import type { FileSystem } from "../../../src/ports/file-system.ts"
import { aConfig, aWorld } from "../../builders.ts"

const MANIFEST = "/projects/demo/manifest.csv"
const REQUEST: PlanRequest = { manifest: MANIFEST, columns: null, allowPlainEnv: [], name: null, row: null }
const CODE = { "/projects/demo/src/train.mjs": "" }
const PIECE_ROWS = 500

/** A manifest that exists only as it is read: rows are made when they are asked for. */
class EndlessFiles extends MemoryFileSystem {
  given = 0
  readonly #rows: number
  readonly #row: (n: number) => string

  constructor(rows: number, row: (n: number) => string) {
    super(CODE)
    this.#rows = rows
    this.#row = row
  }

  override async *stream(): ReturnType<FileSystem["stream"]> {
    const encoder = new TextEncoder()
    yield encoder.encode("region,name,hp.lr,checkpoint\n")
    while (this.given < this.#rows) {
      const count = Math.min(PIECE_ROWS, this.#rows - this.given)
      yield encoder.encode(Array.from({ length: count }, (_, n) => `${this.#row(this.given + n)}\n`).join(""))
      this.given += count
    }
  }
}

const ROW = (n: number) => `us-east-1,row ${n},${n / 1000},s3://ckpt/${n}/`

test("a manifest of 100,000 rows is planned with no more rows read ahead than two pieces of the file", async () => {
  const files = new EndlessFiles(100_000, ROW)
  let [taken, ahead] = [0, 0]
  const { plan } = await planRun({ files, world: aWorld() }, aConfig(), REQUEST, async () => {
    taken += 1
    ahead = Math.max(ahead, files.given - taken)
  })
  expect(plan?.size).toBe(100_000)
  expect(plan?.slices).toEqual(Array(10).fill(10_000))
  expect(taken).toBe(100_000)
  expect(ahead).toBeLessThanOrEqual(2 * PIECE_ROWS)
})

test("20,000 rows that are all wrong keep a thousand problems, and the others are counted", async () => {
  const files = new EndlessFiles(20_000, (n) => `nowhere,row ${n},1,`)
  const { problems, omitted, plan } = await planRun({ files, world: aWorld() }, aConfig(), REQUEST)
  expect(plan).toBeNull()
  expect(problems).toHaveLength(1000)
  expect(omitted.errors).toBe(19_000)
})

test("a row is not read on before the one who gets it is done", async () => {
  const files = new EndlessFiles(3, ROW)
  const order: string[] = []
  await planRun({ files, world: aWorld() }, aConfig(), REQUEST, async ({ index }) => {
    order.push(`begin ${index}`)
    await new Promise((resolve) => setImmediate(resolve))
    order.push(`end ${index}`)
  })
  expect(order).toEqual(["begin 0", "end 0", "begin 1", "end 1", "begin 2", "end 2"])
})

test("what goes wrong where the rows go ends the planning", async () => {
  const files = new EndlessFiles(100_000, ROW)
  const planning = planRun({ files, world: aWorld() }, aConfig(), REQUEST, async ({ index }) => {
    if (index === 10) throw new Error("the disk is full")
  })
  await expect(planning).rejects.toThrow("the disk is full")
  expect(files.given).toBeLessThan(5000)
})
