import { describe, expect, test } from "vitest"
import { MemoryFileSystem } from "../../../src/adapters/file-system/memory/memory-file-system.ts"
import { MemoryStore } from "../../../src/adapters/object-store/memory/memory-store.ts"
import { packCode } from "../../../src/app/pack-code.ts"
import { previewRow } from "../../../src/app/preview-row.ts"
import { isRegattaError } from "../../../src/core/errors.ts"
import type { Uri } from "../../../src/core/ids.ts"
import type { JobSpec } from "../../../src/core/job/job-spec.ts"
import type { RequestPreview } from "../../../src/ports/request-preview.ts"
import { aConfig, aWorld } from "../../builders.ts"

const MANIFEST = "/home/ada/manifest.csv"
const DEFAULTS = { image: "x:1", instance_type: "ml.m5.large", role: "arn:aws:iam::123456789012:role/x" }

function files(csv: string): MemoryFileSystem {
  return new MemoryFileSystem({ [MANIFEST]: csv, "/home/ada/code/train.py": "print(1)", "/home/ada/lib.py": "x = 1" })
}

/** Shows the spec that it is asked about. */
const service: RequestPreview = {
  refusals: ({ name }) => (name === "bad" ? [{ column: "name", message: "is not liked" }] : []),
  image: () => null,
  home: (region) => `s3://home-${region}/` as Uri,
  prepare: (_, spec) => ({ service: "any", operation: "Any", request: spec }),
}

async function preview(csv: string, row: number) {
  const config = aConfig({ on: "aws", account: "123456789012", folder: "/home/ada", defaults: DEFAULTS })
  const request = { manifest: MANIFEST, columns: null, allowPlainEnv: [], name: null, row }
  return previewRow({ files: files(csv), world: aWorld() }, service, config, request, "ada")
}

describe("previewRow", () => {
  test("names the archive that packing would store, in the region of the row", async () => {
    const csv = "region,entry_point,source_dir,dependencies\neu-west-1,train.py,code,lib.py\n"
    const shown = await preview(csv, 0)
    const [upload] = shown.uploads
    const source = { folder: "/home/ada/code", entry: "/home/ada/code/train.py", dependencies: ["/home/ada/lib.py"] }
    const packed = await packCode({ files: files(csv), objects: new MemoryStore(), world: aWorld() }, "x", source)
    expect(upload).toMatchObject({
      from: "/home/ada/code",
      dependencies: ["/home/ada/lib.py"],
      bytes: packed.archive.bytes,
    })
    expect(packed.archive.uri).toContain(upload?.sha256)
    expect(upload?.to).toBe(`s3://home-eu-west-1/code/${upload?.sha256}.tar.gz`)
    expect((shown.request as JobSpec).program?.archive).toMatchObject({ uri: upload?.to, region: "eu-west-1" })
  })

  test("keeps the row's own index, and uploads nothing where nothing is packed", async () => {
    const shown = await preview("region\nus-east-1\nus-west-2\n", 1)
    expect(shown).toMatchObject({ version: 1, index: 1, region: "us-west-2", uploads: [] })
  })

  test("of a row that the service would refuse is what it would say", async () => {
    const error = await preview("region,name\nus-east-1,bad\n", 0).catch((thrown: unknown) => thrown)
    expect(isRegattaError(error, "invalid") && error.problems.map(({ message }) => message)).toEqual(["is not liked"])
  })

  test("of a row that is wrong is its problems", async () => {
    const error = await preview("region,instance_count\nus-east-1,0\n", 0).catch((thrown: unknown) => thrown)
    expect(isRegattaError(error, "invalid") && error.problems.map(({ column }) => column)).toEqual(["instance_count"])
  })
})
