import { beforeEach, expect, test } from "vitest"
import { S3Store } from "../../../src/adapters/object-store/s3/s3-store.ts"
import { downloadArtifact, findArtifact } from "../../../src/app/download-artifact.ts"
import type { Uri } from "../../../src/core/ids.ts"
import type { ArtifactUnpacker } from "../../../src/ports/artifact-unpacker.ts"
import type { RunTable } from "../../../src/ports/run-table.ts"
import { aJobEnd, anAttempt, aPlace, aRow, aRun, aWorld } from "../../builders.ts"
import { FakeS3 } from "../../fakes/fake-s3.ts"

const REGION = "eu-west-1"
const run = aRun()
let s3: FakeS3

beforeEach(() => {
  s3 = new FakeS3()
  s3.makeBucket("out", REGION)
})

/** Row 0 of the run trained in eu-west-1 and left this. */
function ports(artifact: string | null) {
  const attempt = anAttempt({ held: { place: aPlace({ region: REGION }), usd: null } })
  const ended = [{ attempt, counted: true, end: aJobEnd({ artifact: artifact as Uri | null }), metrics: {} }]
  const record = aRow({ state: { status: "completed", reason: "" } })
  const table = { readView: async () => ({ record, noted: null, ended }) } as unknown as RunTable
  const { clients, account } = s3
  const { clock } = aWorld()
  const store = { clients, account, prefix: "rg", codeLocation: null, createBuckets: false, home: "us-east-1", clock }
  return { table, objects: new S3Store(store) }
}

test("an artifact in S3 is fetched from the region where its row trained", async () => {
  s3.store("out", "j/output/model.tar.gz", Buffer.from("an archive"))
  const given = ports("s3://out/j/output/model.tar.gz")
  const artifact = await findArtifact(given, run, 0)
  const read: number[] = []
  let fetched = ""
  const unpacker: ArtifactUnpacker = {
    async unpack(archive) {
      for await (const chunk of archive) fetched += Buffer.from(chunk).toString()
      return { files: 1, bytes: fetched.length }
    },
  }
  await downloadArtifact({ ...given, unpacker }, artifact, "/to", null, (bytes) => read.push(bytes))
  expect(fetched).toBe("an archive")
  expect(read).toEqual([10])
  expect(new Set(s3.sent.map(({ region }) => region))).toEqual(new Set([REGION]))
})

test.each(["s3://out/j/output/model/", "s3://out/j/output/model"])(
  "an uncompressed one is refused by name: %s",
  async (uri) => {
    s3.store("out", "j/output/model/weights.bin", Buffer.from("w"))
    await expect(findArtifact(ports(uri), run, 0)).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringContaining("s3://out/j/output/model/ is an uncompressed model"),
      hint: "aws s3 cp --recursive --region eu-west-1 s3://out/j/output/model/ model/",
    })
  },
)

test("one that is gone, and a row that has none, are not found", async () => {
  const gone = findArtifact(ports("s3://out/j/output/model.tar.gz"), run, 0)
  await expect(gone).rejects.toMatchObject({ code: "notFound", message: expect.stringContaining("is gone") })
  await expect(findArtifact(ports(null), run, 0)).rejects.toMatchObject({ code: "notFound" })
})
