import { expect, test } from "vitest"
import { MemoryStore } from "../../../src/adapters/object-store/memory/memory-store.ts"
import { streamPinnedRows } from "../../../src/app/pin-manifest.ts"
import { pinRows } from "../../../src/app/pin-rows.ts"
import { planRun } from "../../../src/app/plan-run.ts"
import type { Uri } from "../../../src/core/ids.ts"
import type { JobSpec } from "../../../src/core/job/job-spec.ts"
import { specAt } from "../../../src/core/job/spec-at.ts"
import { aConfig, aWorld } from "../../builders.ts"
import { demoFiles, MANIFEST, submitRequest } from "../../submission.ts"

/** Keeps the objects of each region apart, as S3 does. */
class RegionalStore extends MemoryStore {
  override home(region = "home"): Uri {
    return `s3://code-${region}/` as Uri
  }
}

const CSV = `region,s3_location,fallback
us-east-1,s3://data-{region}/,us-west-2/*
us-east-1,s3://data-{region}/,*/ml.m5.xlarge
`

test("code is stored in each region where a row may train, and each place names its own", async () => {
  const ports = { files: demoFiles(0, { [MANIFEST]: CSV }), objects: new RegionalStore(), world: aWorld() }
  const defaults = { ...aConfig().defaults, role: "arn:aws:iam::123456789012:role/training" }
  const config = aConfig({ on: "aws", home: "eu-west-1", account: "123456789012", defaults })
  const request = submitRequest()
  const { plan, problems } = await planRun(ports, config, request)
  if (plan === null) throw new Error(JSON.stringify(problems))
  const part = await pinRows(ports, config, request, plan, () => {})
  const rows: JobSpec[] = []
  for await (const spec of streamPinnedRows(ports.objects, { parts: [part] })) rows.push(spec)
  const archive = (spec: JobSpec | undefined, region: string) =>
    spec === undefined ? null : specAt(spec, region).program?.archive?.uri.replace(/[0-9a-f]{64}/, "HASH")
  expect(archive(rows[0], "us-east-1")).toBe("s3://code-us-east-1/code/HASH.tar.gz")
  expect(archive(rows[0], "us-west-2")).toBe("s3://code-us-west-2/code/HASH.tar.gz")
  expect(rows[1]?.elsewhere).toBeUndefined()
  expect(part.rows.uri).toMatch(/^s3:\/\/code-eu-west-1\/manifests\//)
})
