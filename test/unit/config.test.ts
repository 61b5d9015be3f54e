import { describe, expect, test } from "vitest"
import { MemoryFileSystem } from "../../src/adapters/file-system/memory/memory-file-system.ts"
import { loadConfig } from "../../src/app/load-config.ts"
import { showConfig } from "../../src/app/show-config.ts"
import { type ConfigOverrides, mergeConfig } from "../../src/config.ts"
import type { Config } from "../../src/core/config/config.ts"
import { STAND_IN_COMMANDS } from "../../src/core/manifest/stand-ins.ts"
import { NO_PLACEMENT_SETTINGS } from "../../src/core/placement/placement-settings.ts"

const NO_FLAGS = { on: null, table: null, stateFolder: null }

async function config(yaml: string | null, overrides: Partial<ConfigOverrides> = {}): Promise<Config> {
  const files = new MemoryFileSystem(yaml === null ? {} : { "/home/ada/project/regatta.yaml": yaml })
  const file = await loadConfig({ files }, { manifest: "/home/ada/project/m.csv", cwd: "/home/ada", named: null })
  return mergeConfig(file, { env: {}, cwd: "/home/ada", flags: NO_FLAGS, ...overrides })
}

describe("mergeConfig", () => {
  test("without a file begins in the working folder", async () => {
    expect(await config(null)).toMatchObject({
      file: null,
      folder: "/home/ada",
      stateFolder: "/home/ada/.regatta",
      table: "sqlite:/home/ada/.regatta/table.sqlite",
      on: "local",
      prefix: "rg",
      account: null,
      follow: null,
      local: { install: false, algorithms: STAND_IN_COMMANDS, parallel: 4, parallelPerRegion: 4, stopGraceSeconds: 30 },
    })
  })

  test("takes a flag over the environment, that over the file, and that over the default", async () => {
    const yaml = "on: aws\nprefix: filed\n"
    const env = { REGATTA_ON: "simulated", REGATTA_PREFIX: "" }
    expect((await config(yaml)).on).toBe("aws")
    expect((await config(yaml, { env })).on).toBe("simulated")
    expect((await config(yaml, { env })).prefix).toBe("filed")
    expect((await config(yaml, { env, flags: { ...NO_FLAGS, on: "local" } })).on).toBe("local")
  })

  test("makes paths absolute: of the file from its folder, of environment and flags from the working folder", async () => {
    const yaml = `table: sqlite:../t.sqlite
storage: {map: {bkt: data, s3://other/x/: /abs}}
local: {algorithms: {xgboost: python3 ./stand_in.py --fast, kmeans: [../k, ./a b]}}
`
    const merged = await config(yaml)
    expect(merged.table).toBe("sqlite:/home/ada/t.sqlite")
    expect(merged.storageMap).toEqual({ bkt: "/home/ada/project/data", "s3://other/x/": "/abs" })
    expect(merged.local.algorithms).toEqual({
      xgboost: ["python3", "/home/ada/project/stand_in.py", "--fast"],
      kmeans: ["/home/ada/k", "/home/ada/project/a b"],
      "linear-learner": ["regatta", "local-algorithm", "linear-learner"],
    })
    expect((await config(yaml, { env: { REGATTA_TABLE: "sqlite:x.sqlite" } })).table).toBe("sqlite:/home/ada/x.sqlite")
    expect((await config(yaml, { env: { REGATTA_HOME: "state" } })).stateFolder).toBe("/home/ada/state")
    const stateFolder = (
      await config(yaml, { env: { REGATTA_HOME: "state" }, flags: { ...NO_FLAGS, stateFolder: "/s" } })
    ).stateFolder
    expect(stateFolder).toBe("/s")
  })

  test.each([
    [
      { env: { REGATTA_ON: "lcoal" } },
      'REGATTA_ON: expected one of local, aws, simulated (did you mean "local"?), got "lcoal"',
    ],
    [{ flags: { ...NO_FLAGS, on: "azure" } }, '--on: expected one of local, aws, simulated, got "azure"'],
    [
      { flags: { ...NO_FLAGS, table: "dynamodb:x" } },
      '--table: expected dynamodb:<name> with 3 to 255 letters, digits, _ . or -, got "dynamodb:x"',
    ],
    [{ env: { REGATTA_PREFIX: "UPPER" } }, "REGATTA_PREFIX: expected at most 12 lower-case letters"],
  ])("refuses %j by its name", async (overrides, message) => {
    await expect(config(null, overrides)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining(message),
    })
  })
})

describe("showConfig", () => {
  const yaml = `home: us-east-1
account: "123456789012"
limits: {us-east-1: {ml.m5.large: 4}, eu-west-1/ml.m5.large: 2}
batch: {queue: {us-east-1: q}}
defaults:
  volume_gb: 100
  hp: {lr: 0.1}
  env: {DB_PASSWORD: hunter2}
`
  test("gives each value with where it came from", async () => {
    const shown = showConfig(await config(yaml, { env: { REGATTA_PREFIX: "xx" }, flags: { ...NO_FLAGS, on: "local" } }))
    const told = Object.fromEntries(
      shown.map(({ key, value, origin }) => [key, `${value} ${origin.kind} ${origin.detail}`.trim()]),
    )
    expect(told).toMatchObject({
      on: "local flag --on",
      prefix: "xx environment REGATTA_PREFIX",
      table: "sqlite:/home/ada/project/.regatta/table.sqlite default",
      account: "123456789012 file /home/ada/project/regatta.yaml:2",
      "limits.us-east-1/ml.m5.large": "4 file /home/ada/project/regatta.yaml:3",
      "limits.eu-west-1/ml.m5.large": "2 file /home/ada/project/regatta.yaml:3",
      "batch.queue.us-east-1": "q file /home/ada/project/regatta.yaml:4",
      "defaults.hp.lr": "0.1 file /home/ada/project/regatta.yaml:7",
      budget: "null default",
      "local.parallel": "4 default",
    })
  })

  test("masks secrets", async () => {
    const shown = showConfig(await config(yaml))
    expect(shown.find(({ key }) => key === "defaults.env.DB_PASSWORD")?.value).toBe("***")
    expect(JSON.stringify(shown)).not.toContain("hunter2")
  })

  test("says what the platform in force does not apply", async () => {
    const unapplied = async (on: string) =>
      showConfig(await config(yaml, { flags: { ...NO_FLAGS, on } })).flatMap(({ key, isApplied }) =>
        isApplied ? [] : [key],
      )
    expect(await unapplied("local")).toEqual(["home", "batch.queue.us-east-1", "defaults.volume_gb"])
    expect(await unapplied("aws")).toEqual([
      "local.install",
      "local.algorithms.xgboost",
      "local.algorithms.linear-learner",
      "local.parallel",
      "local.parallel_per_region",
      "local.stop_grace",
    ])
  })
})

describe("steps after a run", () => {
  const TRANSFORM = 'do: transform, input: "data-{region}/batch", instance_type: ml.m5.xlarge'

  test("are named after what they do, and paths become URIs beside the file", async () => {
    const { after } = await config(
      `after: [{do: model}, {${TRANSFORM}}, {${TRANSFORM}, rows: best, metric: val_loss}]\n`,
    )
    expect(after).toMatchObject([
      { name: "model", rows: "completed", image: null, maxAttempts: 2, transform: null },
      {
        name: "transform",
        transform: { input: "file:///home/ada/project/data-{region}/batch", output: null, instances: 1 },
      },
      { name: "transform-2", rows: { best: "val_loss", direction: "min" } },
    ])
    const shown = showConfig(await config(`after: [{${TRANSFORM}}]\n`))
    const input = shown.find(({ key }) => key === "after.transform.input")
    expect(input).toMatchObject({
      value: "file:///home/ada/project/data-{region}/batch",
      origin: { kind: "file", line: 1 },
    })
  })

  test("an endpoint is pinned with what `endpoint create` takes", async () => {
    const step = "do: endpoint, rows: best, metric: accuracy, instance_type: ml.m5.large, endpoint_name: live"
    const { after } = await config(`after: [{${step}, startup_timeout: 2m}]\n`)
    const endpoint = { instanceType: "ml.m5.large", instances: 1, startupSeconds: 120, label: "live" }
    expect(after).toMatchObject([
      { name: "endpoint", transform: null, endpoint: { ...endpoint, giveUpAfter: 3_600_000 } },
    ])
  })

  test.each([
    ["{do: endpoint}", "after.0.do", "an endpoint needs instance_type"],
    ["{do: endpoint, instance_type: ml.m5.large, split: Line}", "after.0.split", "this is for a transform"],
    ["{do: endpoint, instance_type: ml.m5.large, startup_timeout: 5s}", "after.0.startup_timeout", "at least 60s"],
    ["{do: model, give_up_after: 1h}", "after.0.give_up_after", "this is for an endpoint"],
    ["{do: modle}", "after.0.do", 'did you mean "model"'],
    ["{do: model, instances: 2}", "after.0.instances", "this is for a transform"],
    ["{do: transform, input: s3://data/x/}", "after.0.do", "instance_type"],
    ["{do: transform, instance_type: ml.m5.large}", "after.0.do", "needs input"],
    ["{do: model, rows: best}", "after.0.rows", "needs metric"],
    ["{do: model, goal: max}", "after.0.goal", "rows: best"],
    [`{${TRANSFORM}, output: "s3://out/all/"}`, "after.0.output", "{row}"],
    ["{do: model, name: a}, {do: model, name: a}", "after.1.name", "two steps are called a"],
    ["{do: model}, {do: model, image: server:1}", "after.1.image", "one name"],
    ["{do: model, colour: red}", "after.0.colour", "there is no such key"],
    ["{name: x}", "after.0.do", "expected"],
    ['{do: transform, input: "s3://data-{zone}/x/", instance_type: ml.m5.large}', "after.0.input", "{zone}"],
  ])("%s is refused at %s: %s", async (steps, column, message) => {
    const problems = await config(`after: [${steps}]\n`).then(
      () => [],
      (error: { problems: readonly { column: string; message: string }[] }) => error.problems,
    )
    expect(problems).toMatchObject([{ column, message: expect.stringContaining(message) }])
  })
})

describe("notify", () => {
  const HOOK = "webhook: {url: 'https://hooks.example.com/x', secret_env: REGATTA_HOOK_SECRET}"

  test("names who is told, and holds no secret; all events are told where nothing is said", async () => {
    const { notify } = await config(`notify:\n  ${HOOK}\n`)
    expect(notify).toEqual({
      webhook: { url: "https://hooks.example.com/x", urlEnv: null, secretEnv: "REGATTA_HOOK_SECRET", secretFile: null },
      sns: null,
      on: ["ended", "budget", "first-failure"],
    })
    const topic = "arn:aws:sns:us-east-1:123456789012:runs"
    const both = `notify:\n  webhook: {url_env: HOOK, secret_file: ./secret}\n  sns: {topic: "${topic}"}\n  on: [budget]\n`
    expect((await config(both)).notify).toEqual({
      webhook: { url: null, urlEnv: "HOOK", secretEnv: null, secretFile: "/home/ada/project/secret" },
      sns: { topic },
      on: ["budget"],
    })
  })

  test("of a URL only the host is shown", async () => {
    const shown = showConfig(await config(`notify:\n  ${HOOK}\n`)).filter(({ key }) => key.startsWith("notify."))
    expect(shown.map(({ key, value }) => [key, value])).toEqual([
      ["notify.webhook.url", "https://hooks.example.com/…"],
      ["notify.webhook.secret_env", "REGATTA_HOOK_SECRET"],
      ["notify.on", "ended budget first-failure"],
    ])
  })

  test.each([
    ["{}", "notify", "expected webhook or sns"],
    ["{webhook: {secret_env: S}}", "notify.webhook", "url or url_env"],
    ["{webhook: {url: 'https://h.example.com/'}}", "notify.webhook", "secret_env or secret_file"],
    ["{webhook: {url: 'http://h.example.com/', secret_env: S}}", "notify.webhook.url", "https://"],
    ["{webhook: {url: 'https://h.example.com/?t=1', secret_env: S}}", "notify.webhook.url", "url_env"],
    ["{webhook: {url: 'https://h.example.com/', secret_env: 'a b'}}", "notify.webhook.secret_env", "name of an"],
    ["{sns: {topic: runs}}", "notify.sns.topic", "ARN"],
    [`{${HOOK}, on: [endd]}`, "notify.on", 'did you mean "ended"'],
    [`{${HOOK}, secret: x}`, "notify.secret", "no such key"],
  ])("%s is refused at %s: %s", async (notify, column, message) => {
    const problems = await config(`notify: ${notify}\n`).then(
      () => [],
      (error: { problems: readonly { column: string; message: string }[] }) => error.problems,
    )
    expect(problems).toMatchObject([{ column, message: expect.stringContaining(message) }])
  })

  test.each([
    ["url: 'https://hooks.example.com/x?token=hunter2', secret_env: S", "url"],
    ["url_env: 'https://hooks.example.com/hunter2', secret_env: S", "url_env"],
    ["url_env: U, secret_env: 'hunter2 = hunter2'", "secret_env"],
  ])("what may be a secret in the wrong place is refused without being shown: {%s}", async (webhook, key) => {
    const refusal = config(`notify: {webhook: {${webhook}}}\n`)
    await expect(refusal).rejects.toMatchObject({ problems: [{ column: `notify.webhook.${key}`, value: null }] })
    await expect(refusal).rejects.not.toThrow(/hunter2/)
  })
})

describe("placement", () => {
  test("is read in either form of its numbers, with what is not said as its default", async () => {
    expect((await config("placement: {}\n")).placement).toEqual(NO_PLACEMENT_SETTINGS)
    const text = `
placement:
  regions: [us-east-1, us-west-2]
  transfer_usd_per_gb: {us-east-1: {us-west-2: 0.02, eu-west-1: 0}, us-west-2: 0.03}
  copy_mb_per_second: 250
  spot_prices: {us-west-2: {ml.p3.16xlarge: 8.5}, us-east-1/ml.p3.16xlarge: 9}
  hour_usd: 12.5
  deadline: 2d
  buckets: {campaign-7: us-east-1}
  residency: {campaign-7/raw: "eu-*; us-east-1", campaign-8: [eu-west-1]}
  store: s3://copies-{region}/
`
    expect((await config(text)).placement).toEqual({
      regions: ["us-east-1", "us-west-2"],
      transferUsdPerGb: { "us-east-1": { "us-west-2": 0.02, "eu-west-1": 0 }, "us-west-2": 0.03 },
      copyMbPerSecond: 250,
      spotPrices: { "us-west-2/ml.p3.16xlarge": 8.5, "us-east-1/ml.p3.16xlarge": 9 },
      hourUsd: 12.5,
      deadlineHours: 48,
      buckets: { "campaign-7": "us-east-1" },
      residency: { "campaign-7/raw": ["eu-*", "us-east-1"], "campaign-8": ["eu-west-1"] },
      store: "s3://copies-{region}/",
    })
  })

  test("is shown with the line of each value", async () => {
    const text = "placement:\n  transfer_usd_per_gb: {us-east-1: {us-west-2: 0.02}}\n  deadline: 2h\n"
    const shown = showConfig(await config(text)).filter(({ key }) => key.startsWith("placement."))
    expect(shown.map(({ key, value, origin }) => [key, value, origin.line])).toEqual([
      ["placement.transfer_usd_per_gb.us-east-1.us-west-2", 0.02, 2],
      ["placement.copy_mb_per_second", 100, null],
      ["placement.hour_usd", 0, null],
      ["placement.deadline", 7200, 3],
    ])
  })

  test.each([
    ["{regions: [us-esat-1]}", "placement.regions.0", 'did you mean "us-east-1"'],
    ["{regions: [here]}", "placement.regions", "expected an AWS region"],
    ["{regions: []}", "placement.regions", "1 to 50 items"],
    ["{transfer_usd_per_gb: -1}", "placement.transfer_usd_per_gb", "USD per GB"],
    [
      "{transfer_usd_per_gb: {us-east-1: {us-wset-2: 1}}}",
      "placement.transfer_usd_per_gb.us-east-1.us-wset-2",
      "us-west-2",
    ],
    [
      "{transfer_usd_per_gb: {us-east-1: {there: 1}}}",
      "placement.transfer_usd_per_gb.us-east-1.there",
      "an AWS region",
    ],
    ["{transfer_usd_per_gb: {us-east-1: cheap}}", "placement.transfer_usd_per_gb.us-east-1", "USD per GB"],
    ["{copy_mb_per_second: 0}", "placement.copy_mb_per_second", "above 0"],
    ["{spot_prices: {us-east-1: {p3: 1}}}", "placement.spot_prices.us-east-1.p3", "instance types below a region"],
    ["{spot_prices: {us-east-1: {ml.p3.2xlarge: free}}}", "placement.spot_prices.us-east-1.ml.p3.2xlarge", "USD"],
    ["{hour_usd: x}", "placement.hour_usd", "USD per hour"],
    ["{deadline: soon}", "placement.deadline", "a duration"],
    ["{buckets: {B: us-east-1}}", "placement.buckets.B", "name of a bucket"],
    ["{buckets: {bkt: us-esat-1}}", "placement.buckets.bkt", "us-east-1"],
    ["{residency: {bkt: europe}}", "placement.residency.bkt", "eu-*"],
    ["{store: 's3://copies/{region}/'}", "placement.store", "with {region} in it"],
    ["{stroe: x}", "placement.stroe", 'did you mean "store"'],
  ])("%s is refused at %s: %s", async (placement, column, message) => {
    const problems = await config(`placement: ${placement}\n`).then(
      () => [],
      (error: { problems: readonly { column: string; message: string }[] }) => error.problems,
    )
    expect(problems).toMatchObject([{ column, line: 1, message: expect.stringContaining(message) }])
  })
})
