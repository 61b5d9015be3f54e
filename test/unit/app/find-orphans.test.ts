import { expect, test } from "vitest"
import { MemoryStore } from "../../../src/adapters/object-store/memory/memory-store.ts"
import { MemoryRunTable } from "../../../src/adapters/run-table/memory/memory-run-table.ts"
import { findOrphans } from "../../../src/app/find-orphans.ts"
import { pinLines } from "../../../src/app/pin-manifest.ts"
import type { JobName } from "../../../src/core/ids.ts"
import { serializeSpec } from "../../../src/core/job/serialize-spec.ts"
import type { TrainingService } from "../../../src/ports/training-service.ts"
import { aJobEnd, anAttempt, aPlace, aRow, aRun, aSpec, aTrainingJob, aWorld } from "../../builders.ts"

const RUN = aRun().run
const name = (row: number, attempt: number) => `${RUN}-r${row}-a${attempt}` as JobName

test("a live training job that no row holds is found in the region where it is, and others are left alone", async () => {
  const world = aWorld()
  const [objects, table] = [new MemoryStore(), new MemoryRunTable({ retryAfter: 1 })]
  const place = aPlace({ region: "eu-west-1" })
  const specs = [aSpec({ places: [aPlace(), place] }), aSpec({ index: 1 })]
  const part = await pinLines({ objects, world }, "us-east-1", lines(specs.map(serializeSpec)))
  const run = aRun({ parts: [part] })
  await table.createRun(run)
  const held = aRow({ version: 1, state: { status: "launching", attempt: anAttempt() } })
  await table.commit(run, { id: "c", next: held, take: null, give: null, ended: null })
  const listed: Readonly<Record<string, readonly JobName[]>> = {
    "us-east-1": [name(0, 1), name(1, 1), "rg-20261120142233-other-abcd-r0-a1" as JobName, "rg-foreign" as JobName],
    "eu-west-1": [name(0, 2), name(1, 2), name(1, 3)],
  }
  const training: Pick<TrainingService, "changedSince" | "describe"> = {
    async changedSince(region) {
      const jobs = (listed[region] ?? []).map((jobName) =>
        aTrainingJob({ jobName, end: jobName === name(1, 2) ? aJobEnd() : null }),
      )
      return { jobs, next: null }
    },
    async describe(_, { jobName }) {
      return jobName === name(1, 3)
        ? { kind: "foreign", detail: "no tags" }
        : { kind: "job", job: aTrainingJob({ jobName }) }
    },
  }
  const ports = { table, objects, training: training as TrainingService, world }
  const { regions, orphans } = await findOrphans(ports, "rg", [], () => {})
  expect(regions).toEqual(["us-east-1", "eu-west-1"])
  expect(orphans.map(({ region, trainingJob, why }) => [region, trainingJob, why])).toEqual([
    ["us-east-1", name(1, 1), "its row is pending"],
    ["us-east-1", "rg-20261120142233-other-abcd-r0-a1", "the table has no such run: it may be in another"],
    ["eu-west-1", name(0, 2), `its row holds ${name(0, 1)} in us-east-1`],
  ])
})

async function* lines(all: readonly string[]): AsyncGenerator<string> {
  yield* all
}
