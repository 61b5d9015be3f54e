import { describe, expect, test } from "vitest"
import { RegattaError } from "../../src/core/errors.ts"
import type { Uri } from "../../src/core/ids.ts"
import type { RunRecord } from "../../src/core/run/run.ts"
import { aSchedule } from "../builders.ts"
import { HOME, START, TestBed } from "./test-bed.ts"

const NIGHTLY = ["schedule", "add", "nightly", "good.csv", "--cron", "0 2 * * *", "--time-zone", "Europe/Berlin"]
const fire = (time: string, ...more: readonly string[]) =>
  ["submit", "good.csv", "--schedule", "nightly", "--scheduled-time", time, "-y", ...more] as const
const runsOf = (bed: TestBed): Promise<readonly RunRecord[]> => Array.fromAsync(bed.table.listRuns("rg-"))

describe("schedule add, list, next, pause, resume, remove", () => {
  test("a schedule is made, shown and kept as its firings need it", async () => {
    const bed = new TestBed()
    const { code, out } = await bed.call([...NIGHTLY, "--max-cost", "25", "--allow-unknown-price"])
    expect(code).toBe(0)
    expect(out).toContain("nightly: 0 2 * * * in Europe/Berlin, overlap skip")
    expect(out).toContain(`submits ${HOME}/good.csv`)
    expect(out).toContain("2026-11-21T01:00:00Z  2026-11-21T02:00:00+01:00")
    expect(await bed.schedules.read("nightly")).toMatchObject({
      manifest: `${HOME}/good.csv`,
      config: `${HOME}/regatta.yaml`,
      options: ["--max-cost", "25", "--allow-unknown-price"],
      activeSince: START,
    })
    const listed = await bed.json("schedule list")
    expect(listed.json).toMatchObject({
      version: 1,
      schedules: [{ name: "nightly", state: "active", next: "2026-11-21T01:00:00Z", overlap: "skip" }],
    })
    expect((await bed.call(NIGHTLY)).code).toBe(2)
  })

  test("the next firings, with what daylight saving skips", async () => {
    const bed = new TestBed()
    await bed.call([
      ...["schedule", "add", "night", "good.csv", "--cron", "30 2 * * *", "--time-zone", "Europe/Berlin"],
      ...["--start", "2027-03-27"],
    ])
    const shown = { schedule: "night", source: "manifest", manifest: `${HOME}/good.csv` }
    expect((await bed.json("schedule next night -n 2")).json).toEqual({
      version: 1,
      firings: [
        {
          ...shown,
          at: "2027-03-27T01:30:00Z",
          local: "2027-03-27T02:30:00+01:00",
          timeZone: "Europe/Berlin",
        },
        { ...shown, at: null, local: "2027-03-28T02:30:00", timeZone: "Europe/Berlin" },
        {
          ...shown,
          at: "2027-03-29T00:30:00Z",
          local: "2027-03-29T02:30:00+02:00",
          timeZone: "Europe/Berlin",
        },
      ],
    })
    expect((await bed.call("schedule next")).out).toContain("it does not exist on that day")
  })

  test("paused, resumed and removed, each also as a dry run", async () => {
    const bed = new TestBed()
    await bed.call(NIGHTLY)
    await bed.call("schedule pause nightly --dry-run")
    expect((await bed.schedules.read("nightly"))?.isPaused).toBe(false)
    expect((await bed.json("schedule pause nightly")).json).toMatchObject({
      version: 1,
      action: "paused",
      schedule: { state: "paused", next: null },
    })
    expect((await bed.call("schedule next nightly")).err).toContain("nightly is paused")
    await bed.call("schedule resume nightly")
    expect((await bed.schedules.read("nightly"))?.isPaused).toBe(false)
    expect((await bed.call("schedule resume nightly")).out).toContain("active already")
    expect((await bed.call("schedule remove nightly")).code).toBe(7)
    await bed.call("schedule remove nightly --dry-run")
    expect(await bed.schedules.read("nightly")).not.toBeNull()
    expect((await bed.call("schedule remove nightly -y")).code).toBe(0)
    expect((await bed.call("schedule remove nightly -y")).code).toBe(2)
    expect((await bed.call("schedule list")).err).toContain("there are no schedules")
  })

  describe("the copy in S3 that firings read", () => {
    const COPY = "s3://regatta/schedules/nightly/0123456789abcdef/"
    const mine = [`${COPY}a/manifest.csv`, `${COPY}a/train.py`, `${COPY}regatta.yaml`]
    const others = [
      "s3://data/campaigns/today.csv",
      `${COPY.replace("nightly", "nightly2")}m.csv`,
      "s3://regatta/code/c",
    ]
    const scheduled = async (manifest: string) => {
      const bed = new TestBed()
      await bed.schedules.add(aSchedule({ manifest, config: `${COPY}regatta.yaml` }))
      for (const uri of [...mine, ...others]) bed.objects.overwrite(uri as Uri, new Uint8Array([1]))
      const left = async () =>
        (await Array.fromAsync(bed.objects.list("s3://" as Uri)))
          .map(({ uri }) => uri)
          .filter((uri) => !uri.includes("/manifests/"))
      return { bed, left }
    }

    test.each([`${COPY}a/manifest.csv`, "s3://data/campaigns/today.csv"])(
      "goes with the schedule (%s)",
      async (manifest) => {
        const { bed, left } = await scheduled(manifest)
        expect((await bed.call("schedule remove nightly --dry-run")).out).toContain(`${COPY}a/train.py`)
        expect(await left()).toHaveLength(6)
        const removed = await bed.json("schedule remove nightly -y")
        expect(removed.json).toMatchObject({ action: "removed", files: mine })
        expect(await left()).toEqual(others.toSorted())
      },
    )

    test("stays where it cannot be deleted, which is said", async () => {
      const { bed } = await scheduled(`${COPY}a/manifest.csv`)
      bed.objects.remove = async () => {
        throw new RegattaError("denied", "s3:DeleteObject is not allowed")
      }
      const { code, err } = await bed.call("schedule remove nightly -y")
      expect([code, err]).toEqual([4, expect.stringContaining("nightly is removed, but files of its copy stay")])
      expect(await bed.schedules.read("nightly")).toBeNull()
    })
  })

  test("a dry run of add writes nothing", async () => {
    const bed = new TestBed()
    const { code, out } = await bed.call([...NIGHTLY, "--dry-run", "-o", "json"])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ version: 1, dryRun: true, schedule: { name: "nightly" } })
    expect(await bed.schedules.read("nightly")).toBeNull()
  })

  test.each([
    [["schedule", "add", "n", "good.csv"], "either --cron or --rate"],
    [["schedule", "add", "n", "good.csv", "--cron", "0 2 * * *", "--rate", "1 hour"], "either --cron or --rate"],
    [["schedule", "add", "n", "good.csv", "--cron", "0 25 * * *"], "hour: expected 0 to 23"],
    [["schedule", "add", "n", "good.csv", "--cron", "0 0 30 2 *"], "never comes"],
    [["schedule", "add", "n", "good.csv", "--rate", "0 hours"], "a rate is"],
    [["schedule", "add", "n", "good.csv", "--cron", "0 2 * * *", "--time-zone", "Mars"], "no time zone"],
    [["schedule", "add", "n", "good.csv", "--cron", "0 2 * * *", "--start", "2026-02-30"], "--start is a day"],
    [
      ["schedule", "add", "n", "good.csv", "--cron", "0 2 * * *", "--end", "2026-01-01"],
      "between its start and its end",
    ],
    [["schedule", "add", "no/name", "good.csv", "--cron", "0 2 * * *"], "name has 1 to 64"],
    [["schedule", "add", "n", "plan.json", "--cron", "0 2 * * *"], "schedule its manifest"],
    [["schedule", "add", "n", "good.csv", "--cron", "0 2 * * *", "--sweep", "s.yaml"], "give one of them"],
    [["schedule", "add", "n", "missing.csv", "--cron", "0 2 * * *"], "missing.csv"],
    [["submit", "good.csv", "--scheduled-time", "2026-11-29T02:00:00Z"], "--schedule names"],
    [["submit", "good.csv", "--schedule", "n", "--scheduled-time", "two o'clock"], "a time in UTC"],
  ])("%j is refused", async (line, message) => {
    const bed = new TestBed()
    const { code, err } = await bed.call(line)
    expect([code, err]).toEqual([2, expect.stringContaining(message)])
    expect(await Array.fromAsync(bed.schedules.list())).toEqual([])
    expect(await runsOf(bed)).toEqual([])
  })

  test("a manifest that cannot be submitted is not scheduled", async () => {
    const bed = new TestBed({ [`${HOME}/bad.csv`]: "name,region,color\none,us-east-1,red\n" })
    const { code, err } = await bed.call(["schedule", "add", "n", "bad.csv", "--rate", "1 hour"])
    expect(code).toBe(2)
    expect(err).toContain('"color"')
  })
})

describe("a firing", () => {
  test("makes one run however often it is fired, under an id that follows from it", async () => {
    const bed = new TestBed()
    const first = await bed.call(fire("2026-11-20T14:00:00Z"))
    expect(first.code).toBe(0)
    expect(first.out).toMatch(/^rg-20261120140000-nightly-[0-9a-z]{4}\n$/)
    const second = await bed.call(fire("2026-11-20T14:00:00Z"))
    expect([second.code, second.out]).toEqual([0, first.out])
    expect(second.err).toContain("the run of this firing was there already")
    const runs = await runsOf(bed)
    expect(runs).toHaveLength(1)
    expect(runs[0]).toMatchObject({
      name: "nightly",
      createdBy: "ada",
      firing: { schedule: "nightly", at: Date.UTC(2026, 10, 20, 14) },
    })
  })

  test("two at once make one run, and both say so", async () => {
    const bed = new TestBed()
    const both = await Promise.all([bed.call(fire("2026-11-20T14:00:00Z")), bed.call(fire("2026-11-20T14:00:00Z"))])
    expect(both.map(({ code }) => code)).toEqual([0, 0])
    expect(new Set(both.map(({ out }) => out)).size).toBe(1)
    expect(await runsOf(bed)).toHaveLength(1)
  })

  test.each([
    [{}, "command|"],
    [{ AWS_BATCH_JOB_ID: "j-1", AWS_BATCH_JOB_ATTEMPT: "2", AWS_REGION: "us-east-1" }, "child|j-1|2|"],
  ])("says who makes its run, by the job where it is one (%j)", async (env, maker) => {
    const bed = new TestBed()
    expect((await bed.call(fire("2026-11-20T14:00:00Z"), { env })).code).toBe(0)
    const seat = await bed.table.readSeat("schedule:rg:nightly")
    expect(JSON.parse(seat?.holder ?? "").run.makers).toEqual([
      expect.stringMatching(`^${maker.replaceAll("|", "[|]")}`),
    ])
  })

  test("belongs to who made the schedule", async () => {
    const bed = new TestBed()
    await bed.call(fire("2026-11-20T14:00:00Z"), { user: "job", env: { REGATTA_SCHEDULE_OWNER: "ada" } })
    expect((await runsOf(bed))[0]?.createdBy).toBe("ada")
  })

  test("skip: while a run goes on the next makes none, and does not later either", async () => {
    const bed = new TestBed()
    const { out } = await bed.call(fire("2026-11-20T14:00:00Z"))
    const skipped = await bed.call(fire("2026-11-20T15:00:00Z", "-o", "json"))
    expect(skipped.code).toBe(0)
    expect(JSON.parse(skipped.out)).toEqual({
      version: 1,
      schedule: "nightly",
      scheduledTime: "2026-11-20T15:00:00Z",
      outcome: "skipped",
      because: out.trim(),
    })
    await bed.rest()
    expect((await bed.call(fire("2026-11-20T15:00:00Z"))).out).toContain("is skipped, since")
    expect((await bed.call(fire("2026-11-20T16:00:00Z"))).code).toBe(0)
    expect((await runsOf(bed)).map(({ run }) => run.slice(0, 17))).toEqual(["rg-20261120160000", "rg-20261120140000"])
  })

  test("queue: waits for the end of the run before it", async () => {
    const bed = new TestBed()
    const { out } = await bed.call(fire("2026-11-20T14:00:00Z"))
    const second = await bed.call(fire("2026-11-20T15:00:00Z", "--overlap", "queue"))
    expect(second.code).toBe(0)
    expect(second.err).toContain(`waiting for the end of ${out.trim()}`)
    const [later, earlier] = await runsOf(bed)
    expect(earlier?.run).toBe(out.trim())
    const counts = await bed.table.counts(earlier?.run ?? later?.run ?? ("" as never))
    expect(counts.completed).toBe(4)
    expect(later?.createdAt).toBeGreaterThan(earlier?.createdAt ?? 0)
  })

  test("a wait that is given up leaves the turn to others", async () => {
    const bed = new TestBed()
    await bed.call(fire("2026-11-20T14:00:00Z"))
    const left = await bed.call(fire("2026-11-20T15:00:00Z", "--overlap", "queue"), {
      after: [50, (call) => call.interrupt()],
    })
    expect(left.code).toBe(130)
    await bed.rest()
    expect((await bed.call(fire("2026-11-20T16:00:00Z", "--overlap", "queue"))).code).toBe(0)
    expect(await runsOf(bed)).toHaveLength(2)
  })

  test("allow: starts beside it", async () => {
    const bed = new TestBed()
    await bed.call(fire("2026-11-20T14:00:00Z"))
    expect((await bed.call(fire("2026-11-20T15:00:00Z", "--overlap", "allow"))).code).toBe(0)
    expect(await runsOf(bed)).toHaveLength(2)
  })

  test("one that cannot be submitted holds the next up no longer", async () => {
    const bed = new TestBed()
    const bad = ["submit", "bad.csv", "--schedule", "nightly", "--scheduled-time", "2026-11-20T14:00:00Z", "-y"]
    await bed.files.write(`${HOME}/bad.csv`, "name,region,color\none,us-east-1,red\n")
    expect((await bed.call(bad)).code).toBe(2)
    expect((await bed.call(fire("2026-11-20T15:00:00Z"))).code).toBe(0)
    expect(await runsOf(bed)).toHaveLength(1)
  })

  describe("one that was killed before its run was made", () => {
    const [killed, alive] = ["command|ada.0.1.1", "command|ada.0.2.2"]
    const making = async (...makers: readonly string[]) => {
      const bed = new TestBed()
      const { out } = await new TestBed().call(fire("2026-11-20T14:00:00Z"))
      const holder = JSON.stringify({ run: { id: out.trim(), at: START, makers }, waiting: [] })
      await bed.table.takeSeat({ name: "schedule:rg:nightly", version: 1, holder, at: START })
      bed.gone.add(killed ?? "")
      return { bed, run: out.trim() }
    }

    test.each(["skip", "queue"])("holds nobody up once it is proven dead (%s)", async (overlap) => {
      const { bed } = await making(killed ?? "")
      const { code, out, err } = await bed.call(fire("2026-11-20T15:00:00Z", "--overlap", overlap))
      expect([code, out, err]).toEqual([
        0,
        expect.stringMatching(/^rg-20261120150000-/),
        expect.not.stringContaining("wait"),
      ])
      expect(bed.clock.now() - START).toBeLessThan(60_000)
    })

    test("is still made where another fires the same", async () => {
      const { bed, run } = await making(killed ?? "", alive ?? "")
      expect((await bed.call(fire("2026-11-20T15:00:00Z"))).out).toContain(`is skipped, since ${run}`)
      expect((await bed.call(fire("2026-11-20T14:00:00Z"))).out.trim()).toBe(run)
    })

    test("is waited for an hour where nobody can tell", async () => {
      const { bed } = await making()
      expect((await bed.call(fire("2026-11-20T15:00:00Z", "--overlap", "queue"))).code).toBe(0)
      expect(bed.clock.now() - START).toBeGreaterThanOrEqual(3_600_000)
    })
  })

  test("one that was killed before its run was made is fired again and makes it", async () => {
    const bed = new TestBed()
    const first = bed.call(fire("2026-11-20T14:00:00Z"))
    const { out } = await first
    const fresh = new TestBed()
    await fresh.table.takeSeat({
      name: "schedule:rg:nightly",
      version: 1,
      holder: JSON.stringify({ run: { id: out.trim(), at: START }, waiting: [] }),
      at: START,
    })
    expect((await fresh.call(fire("2026-11-20T15:00:00Z"))).out).toContain("is skipped")
    expect((await fresh.call(fire("2026-11-20T14:00:00Z"))).out).toBe(out)
  })
})
