import { describe, expect, test } from "vitest"
import { MemoryFileSystem } from "../../../src/adapters/file-system/memory/memory-file-system.ts"
import { findConfig, loadConfig } from "../../../src/app/load-config.ts"
import type { ConfigFile } from "../../../src/core/config/config-file.ts"
import { RegattaError } from "../../../src/core/errors.ts"
import { formatProblem } from "../../../src/core/problem.ts"

const FILE = "/home/ada/regatta.yaml"

async function load(yaml: string): Promise<ConfigFile> {
  const loaded = await loadConfig(
    { files: new MemoryFileSystem({ [FILE]: yaml }) },
    { manifest: null, cwd: "/home/ada", named: null },
  )
  if (loaded === null) throw new Error("nothing was found")
  return loaded
}

async function problemsOf(yaml: string): Promise<readonly string[]> {
  try {
    await load(yaml)
    return []
  } catch (error) {
    if (!(error instanceof RegattaError)) throw error
    expect(error.code).toBe("invalid")
    return error.problems.map((problem) => formatProblem(problem).replace("/home/ada/", ""))
  }
}

describe("loadConfig finds", () => {
  const files = new MemoryFileSystem({
    "/home/ada/a/regatta.yaml": "prefix: a",
    "/home/ada/a/b/manifest.csv": "",
    "/home/here/regatta.yaml": "prefix: w",
    "/home/here/deep/er/x": "",
  })
  const search = { manifest: null, cwd: "/home/here/deep/er", named: null }

  test.each([
    [
      "the nearest of the manifest's folders upwards",
      { ...search, manifest: "/home/ada/a/b/manifest.csv" },
      "/home/ada/a/regatta.yaml",
    ],
    [
      "else the nearest of the working folder upwards",
      { ...search, manifest: "/home/other/m.csv" },
      "/home/here/regatta.yaml",
    ],
    ["the working folder's where there is no manifest", search, "/home/here/regatta.yaml"],
    [
      "the one that is named, from the working folder",
      { ...search, named: "../../../ada/a/regatta.yaml" },
      "/home/ada/a/regatta.yaml",
    ],
  ])("%s", async (_, where, file) => {
    expect((await loadConfig({ files }, where))?.file).toBe(file)
  })

  test("nothing where there is none", async () => {
    expect(await loadConfig({ files }, { manifest: null, cwd: "/home/ada", named: null })).toBeNull()
  })

  test("no named one that is not there", async () => {
    const named = loadConfig({ files }, { ...search, named: "x.yaml" })
    await expect(named).rejects.toMatchObject({ code: "notFound", fields: { path: "/home/here/deep/er/x.yaml" } })
  })

  test("no named one on the web", async () => {
    const named = loadConfig({ files }, { ...search, named: "https://bkt/regatta.yaml" })
    await expect(named).rejects.toMatchObject({ code: "unsupported" })
  })

  test("a named one in S3 under its URI, and none beside a manifest there", async () => {
    const named = loadConfig({ files }, { ...search, named: "s3://bkt/regatta.yaml" })
    await expect(named).rejects.toMatchObject({ code: "notFound", fields: { path: "s3://bkt/regatta.yaml" } })
    expect(await findConfig({ files }, { manifest: "s3://bkt/a/m.csv", cwd: "/nowhere" })).toBeNull()
  })
})

describe("a regatta.yaml", () => {
  test("may be empty, or hold comments alone", async () => {
    expect((await load("")).defaults).toEqual({})
    expect((await load("# nothing\n---\n")).values).toEqual({})
  })

  test("takes every column dotted or nested, and keeps each line", async () => {
    const { defaults, regions, lines } = await load(
      `defaults:
  mpi: {processes_per_host: 8}
  mpi.options: -x A
  hp:
    lr: 0.10
    deep: {a: [1, "b"]}
  channel:
    train: s3://bkt/x
    train.distribution: ShardedByS3Key
    validation: {content_type: text/csv}
  vpc: {subnets: [s-1, s-2]}
  spot: yes?
regions:
  us-east-1:
    instance_type:
    role: arn:aws:iam::123456789012:role/x
`.replace("yes?", "true"),
    )
    expect(defaults).toEqual({
      "mpi.processes_per_host": "8",
      "mpi.options": "-x A",
      "hp.lr": "0.10",
      "hp.deep": '{"a":[1,"b"]}',
      "channel.train": "s3://bkt/x",
      "channel.train.distribution": "ShardedByS3Key",
      "channel.validation.content_type": "text/csv",
      "vpc.subnets": '["s-1","s-2"]',
      spot: "true",
    })
    expect(regions).toEqual({ "us-east-1": { role: "arn:aws:iam::123456789012:role/x" } })
    expect(lines).toMatchObject({
      "defaults.hp.lr": 5,
      "defaults.channel.train.distribution": 9,
      "regions.us-east-1.role": 16,
    })
  })

  test("writes out aliases and merge keys", async () => {
    const { regions } = await load(`regions:
  us-east-1: &east {max_runtime: 1h, volume_gb: 50}
  us-east-2: {<<: *east, volume_gb: 60}
`)
    expect(regions["us-east-2"]).toEqual({ max_runtime: "1h", volume_gb: "60" })
  })

  test("keeps the zero at the beginning of an account without quotes", async () => {
    expect((await load("account: 012345678901")).values.account).toBe("012345678901")
  })

  test("takes limits and prices in one word or by region", async () => {
    const { values } = await load(
      "limits: {us-east-1: {ml.m5.large: 4, ml.m5.large/spot: 8}, eu-west-1/ml.m5.large: 2}\nprices: {us-east-1: {ml.m5.large: 0.115}}",
    )
    expect(values.limits).toEqual({
      "us-east-1/ml.m5.large": 4,
      "us-east-1/ml.m5.large/spot": 8,
      "eu-west-1/ml.m5.large": 2,
    })
    expect(values.prices).toEqual({ "us-east-1/ml.m5.large": 0.115 })
  })

  const wrong: readonly (readonly [yaml: string, said: string])[] = [
    [
      "on: locl",
      'regatta.yaml line 1, key "on": expected one of local, aws, simulated (did you mean "local"?), got "locl"',
    ],
    ["defualts: {}", 'key "defualts": there is no such key (did you mean "defaults"?)'],
    ["local:\n  paralel: 2", 'line 2, key "local.paralel": there is no such key (did you mean "parallel"?)'],
    [
      "local: 3",
      'key "local": expected the keys install, algorithms, serving, parallel, parallel_per_region, stop_grace below it',
    ],
    ["local: {parallel: 0}", "expected a whole number from 1 to 1024"],
    ["local: {parallel: [1]}", "expected a whole number from 1 to 1024"],
    ["local: {stop_grace: 2x}", "expected a duration from 1s to 1h"],
    ["account: 1234", "expected the 12 digits of an AWS account, in quotes"],
    ["prefix: My_Runs", "expected at most 12 lower-case letters"],
    ["table: redis://x/y", "expected sqlite:<path>, postgres://user@host/database or dynamodb:<name>"],
    ["table: postgres://u:secret@x/y", "without a password: give that in PGPASSWORD"],
    ["table: postgres://u@x/y?password=secret", "without a password: give that in PGPASSWORD"],
    ["table: x.sqlite", "expected sqlite:<path>"],
    ["budget: none", "expected an amount in USD"],
    ["follow: detach", '(did you mean "detached"?)'],
    ["limits: {us-east-1: {ml.m5.large: many}}", 'key "limits.us-east-1.ml.m5.large": expected a whole number from 0'],
    ["limits: {us-east-1: 4}", "expected region/instance_type[/spot], or instance types below a region"],
    ["prices: {us-east-1/ml.m5.large/spot: 1}", "expected region/instance_type, or instance types below a region"],
    ["batch:\n  queue: {somewhere: q}", "expected an AWS region such as us-east-1"],
    ["batch: {vcpus: 1}", 'did you mean "vcpu"?'],
    ["home: nowhere", "expected an AWS region such as us-east-1"],
    [
      "on: aws\nhome: us-esat-1",
      'regatta.yaml line 2, key "home": there is no AWS region "us-esat-1" (did you mean "us-east-1"?)',
    ],
    ["home: xx-moon-1", "a newer one is known once regions in regatta.yaml names it"],
    ["storage: {map: {bkt: }, mpa: {}}", 'did you mean "map"?'],
    ["- a\n- b", "expected keys and their values, one per line"],
    ["defaults: [a]", 'key "defaults": expected columns and their values, one per line'],
    [
      "defaults:\n  instance_counts: 3",
      'line 2, key "defaults.instance_counts": there is no column "instance_counts" (did you mean "instance_count"?)',
    ],
    [
      "defaults: {instance_count: 0}",
      'key "defaults.instance_count": expected a whole number from 1 to 10000, got "0"',
    ],
    ["defaults: {mpi.options: a, mpi: {options: b}}", "this setting is there twice, dotted and nested"],
    ["defaults: {s3_location: s3://bkt/a, channel.train: s3://bkt/b}", '"s3_location" sets the same'],
    ["defaults: {role: {arn: x}}", 'there is no column "role.arn"'],
    ["defaults: {dependencies: [[a]]}", "expected a text, a number, true or false, or a list of them"],
    ["regions: {us-east-1: {region: eu-west-1}}", "these are the settings of a region already"],
    ["regions: {us-east-1: {spot: maybe}}", 'key "regions.us-east-1.spot": expected true or false'],
    ["a: b: c", "regatta.yaml line 1: this is no YAML:"],
    ["on: local\non: aws", "line 2: this is no YAML: Map keys must be unique"],
    ["regions: {us-esat: {}}", 'key "regions.us-esat": expected an AWS region such as us-east-1'],
    ["on: local\n# \uFFFD", "line 2: this is no YAML: it holds bytes that are not UTF-8"],
  ]
  test.each(wrong)("%j is refused", async (yaml, said) => {
    expect((await problemsOf(yaml)).join("\n")).toContain(said)
  })

  test("tells all its problems together, in order of their lines", async () => {
    const said = await problemsOf("on: locl\ndefaults:\n  lr: 1\n  spot: 2\nfolow: x\n")
    expect(said.map((line) => line.replace(/:.*/, ""))).toEqual([
      'regatta.yaml line 1, key "on"',
      'regatta.yaml line 3, key "defaults.lr"',
      'regatta.yaml line 4, key "defaults.spot"',
      'regatta.yaml line 5, key "folow"',
    ])
  })

  test("shows no secret that it refuses", async () => {
    const said = await problemsOf(`defaults: {env.API_TOKEN: ${"x".repeat(600)}}`)
    expect(said.join()).toContain('got "***"')
  })

  test("is refused when its aliases would grow without end", async () => {
    const levels = Array.from({ length: 9 }, (_, n) => `l${n + 1}: &l${n + 1} [${Array(9).fill(`*l${n}`).join(", ")}]`)
    expect((await problemsOf(`l0: &l0 [a]\n${levels.join("\n")}\n`)).join()).toContain("more than 20000 values")
  })
})
