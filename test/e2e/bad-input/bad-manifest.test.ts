import { existsSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import type { Ended } from "../regatta-process.ts"
import { aProject, expectFailure, linesOf, settings, submitted } from "./project.ts"

const project = aProject()
afterAll(() => project.remove())

const HEADER = [
  ...["region", "instance_count", "instance_type", "max_runtime", "spot", "distribution", "volume_gb"],
  ...["channel.train", "metric.acc", "env.LEVEL", "role", "max_attempts", "fallback", "hp.lr", "tag.team"],
]

/** A row that sets one cell beside its region. */
function rowWith(column: string, value: string): string {
  return HEADER.map((name) => (name === column ? value : name === "region" ? "us-east-1" : "")).join(",")
}

/** Wrong cells, each in a row of its own, with all that is said of each. */
const WRONG_CELLS = [
  ["instance_count", "0", "expected a whole number from 1 to 10000"],
  ["instance_type", "ml.m5.lrge", 'SageMaker has no instance type "ml.m5.lrge" (did you mean "ml.m5.large"?)'],
  ["max_runtime", "soon", "expected a duration from 1s to 28d: seconds, or such as 45s, 30m, 5h, 1h30m, 2d"],
  ["spot", "perhaps", "expected true or false"],
  [
    "distribution",
    "mpy",
    'expected one of none, mpi, torchrun, smddp, parameter-server, multi-worker-mirrored, pytorch-xla (did you mean "mpi"?)',
  ],
  ["volume_gb", "1e9", "expected a whole number from 1 to 16384"],
  ["channel.train", "gs://bucket/x", "expected s3://bucket/prefix, file:///path, or a path"],
  [
    "metric.acc",
    "acc=.*",
    "expected a regular expression whose first group is the value, of at most 500 characters; it has no group ( )",
  ],
  ["role", "admin", "expected the ARN of an IAM role, arn:aws:iam::123456789012:role/name"],
  ["max_attempts", "many", "expected a whole number from 1 to 100"],
  [
    "fallback",
    "us-east-1",
    'item "us-east-1": expected region/instance_type[/spot] with * for as in the row, such as us-east-1/* or */ml.p4d.24xlarge/spot',
  ],
  ["hp.lr", "{hp.rate}", "{hp.rate} has no value: this row has no hp.rate"],
  ["tag.team", "red!", "expected at most 256 letters, digits, blanks and _.:/=+-@"],
  ["region", "us-est-1", 'there is no AWS region "us-est-1" (did you mean "us-east-1"?)'],
] as const

let files = 0

/** Submits a file of this content; what is said of it, as if it were `bad.csv`. */
async function submit(content: string | Uint8Array): Promise<Ended> {
  files += 1
  const name = `bad-${files}.csv`
  project.write(name, content)
  const ended = await project.regatta("submit", name, "-y")
  return { ...ended, stderr: ended.stderr.replaceAll(name, "bad.csv") }
}

/** Refused with these lines and the sum of them, and nothing was made. */
function expectRefused(ended: Ended, ...problems: readonly string[]): void {
  expectFailure(ended, 2)
  const said = linesOf(ended)
  expect(said.slice(0, -1)).toEqual(problems)
  expect(said.at(-1)).toMatch(/^error: \S*bad\.csv .*\b\d+ errors?; nothing was launched$/)
  expect(existsSync(project.home)).toBe(false)
}

describe("a manifest", () => {
  test("with fourteen kinds of wrong cells has them all reported together, and nothing is launched", async () => {
    const rows = WRONG_CELLS.map(([column, value]) => rowWith(column, value))
    const problems = WRONG_CELLS.map(
      ([column, value, message], at) => `bad.csv line ${at + 2}, column "${column}": ${message}, got "${value}"`,
    )
    expectRefused(await submit(`${HEADER.join(",")}\n${rows.join("\n")}\n`), ...problems)
  })

  test.concurrent.each<[string, string | Uint8Array, string]>([
    ["that is an empty file", "", "bad.csv: the manifest is empty: it needs a header and a row"],
    ["of blank lines", "\n\n\n", "bad.csv: the manifest is empty: it needs a header and a row"],
    ["with a header only", "region,hp.lr\n", "bad.csv: the manifest has a header and no row"],
    [
      "that is a binary file",
      Buffer.from("7f454c4602010100000000000000000003003e0001", "hex"),
      "bad.csv line 1: a manifest is CSV in UTF-8, and this file is not: it holds a zero byte, as no text does",
    ],
    [
      "in another encoding",
      Buffer.from("region,name\nus-east-1,caf\u00e9\n", "latin1"),
      "bad.csv line 2: a manifest is CSV in UTF-8, and this file is not: it holds bytes that are not UTF-8",
    ],
    [
      "in UTF-16",
      Buffer.from("\ufeffregion,name\n", "utf16le"),
      "bad.csv line 1: a manifest is CSV in UTF-8, and this file is not: it begins like UTF-16",
    ],
    [
      "cut inside a character",
      Buffer.from("region,name\nus-east-1,caf\u00e9", "utf8").subarray(0, -1),
      "bad.csv line 2: a manifest is CSV in UTF-8, and this file is not: it ends inside a character of UTF-8",
    ],
    [
      "whose quote is never closed",
      'region,hp.lr\nus-east-1,"1\n',
      "bad.csv line 2: a quote is opened and never closed",
    ],
    [
      "with an empty record between rows",
      "region,hp.lr\n\nus-east-1,1\n",
      "bad.csv line 2: an empty record: to skip it would shift the index of every row after it; take it out",
    ],
    [
      "with a record too short",
      "region,hp.lr\nus-east-1\n",
      "bad.csv line 2: this record has 1 cell, and there are 2 columns: write an empty cell where nothing is set",
    ],
    [
      "with a column twice",
      "region,hp.lr,hp.lr\nus-east-1,1,2\n",
      'bad.csv line 1, column "hp.lr": this column is there twice',
    ],
    [
      "with an unknown column",
      "region,instance_cont\nus-east-1,1\n",
      'bad.csv line 1, column "instance_cont": there is no column "instance_cont" (did you mean "instance_count"?)',
    ],
    [
      "with a region that nobody knows",
      "moon-base-1,s3://mine/x/\n",
      'bad.csv line 1, column "region": there is no AWS region "moon-base-1"; a newer one is known once regions in regatta.yaml names it, got "moon-base-1"',
    ],
    [
      "whose bucket is nowhere on this machine",
      "us-east-1,s3://theirs/x/\n",
      'bad.csv line 1, column "s3_location": s3://theirs/x/ has no folder on this machine: name one for theirs under storage.map in regatta.yaml (download from S3 is not built yet), got "s3://theirs/x/"',
    ],
    [
      "with a secret in a cell",
      "region,env.LEVEL\nus-east-1,AKIAIOSFODNN7EXAMPLE\n",
      'bad.csv line 2, column "env.LEVEL": this is an AWS access key: let the training script read it with the job\'s role, or give --allow-plain-env LEVEL, got "***"',
    ],
  ])("%s is refused", async (_, content, problem) => {
    expectRefused(await submit(content), problem)
  })

  test("whose script, source folder or prefix is missing is refused, naming what was looked for", async () => {
    const { folder } = project
    project.write("data/there/part-0", "1")
    project.write("mapped.yaml", settings({ more: "storage: { map: { mine: data } }\n" }))
    project.write(
      "bad.csv",
      "region,entry_point,source_dir,s3_location\nus-east-1,absent.sh,,\nus-east-1,,absent,\nus-east-1,,,s3://mine/absent/\n",
    )
    expectRefused(
      await project.regatta("submit", "bad.csv", "-y", "--config", "mapped.yaml"),
      `bad.csv line 2, column "entry_point": there is no script ${join(folder, "absent.sh")}, got "absent.sh"`,
      `bad.csv line 3, column "source_dir": there is no folder ${join(folder, "absent")}, got "absent"`,
      `bad.csv line 4, column "s3_location": nothing is at s3://mine/absent/: looked in ${join(folder, "data/absent/")}, got "s3://mine/absent/"`,
    )
  })

  test.each([
    ["is not there", "none.csv", "no such file or folder (ENOENT)"],
    ["is a folder", "data", "it is a folder, not a file (EISDIR)"],
  ])("that %s is refused in one line", async (_, name, why) => {
    project.write("data/there/part-0", "1")
    const ended = await project.regatta("submit", name, "-y")
    expectFailure(ended, 2)
    expect(linesOf(ended)).toEqual([`error: cannot read ${join(project.folder, name)}: ${why}`])
  })

  test("in order then runs, and no other run is there", async () => {
    expect((await submitted(project, "good.csv", 0)).counts).toMatchObject({ completed: 2 })
    const { stdout } = await project.regatta("list", "-o", "json")
    expect(JSON.parse(stdout)).toMatchObject({ runs: [{ name: "good" }] })
    expect(JSON.parse(stdout).runs).toHaveLength(1)
  })
})

describe("a folder without state", () => {
  test("has no runs, and looking does not make any", async () => {
    const other = aProject()
    const listed = await other.regatta("list")
    expect(listed.code).toBe(0)
    expect(`${listed.stdout}${listed.stderr}`).toMatch(/no runs yet.*regatta demo/)
    const looks = [
      ["status", "@last"],
      ["watch", "rg-20261120142233-digits-k3f9"],
      ["logs", "@last", "0"],
      ["results", "@last"],
      ["stop", "@last", "-y"],
      ["retry", "@last", "-y"],
    ]
    for (const parameters of looks) {
      expectFailure(await other.regatta(...parameters), 2, "there is no run yet", "hint: `regatta submit MANIFEST`")
    }
    expect(existsSync(other.home)).toBe(false)
    await other.remove()
  })
})
