import { beforeEach, describe, expect, test } from "vitest"
import packageJson from "../../package.json" with { type: "json" }
import { COMMANDS } from "../../src/cli/command-tree/command-tree.ts"
import { optionName } from "../../src/cli/program.ts"
import { UNBUILT_COMMANDS } from "../../src/cli/unbuilt-commands.ts"
import { VERSION } from "../../src/core/version.ts"
import { HOME, TestBed } from "./test-bed.ts"

let bed = new TestBed()
beforeEach(() => {
  bed = new TestBed()
})

describe("commands", () => {
  test("without one, help is printed; with --help, on stdout, for each", async () => {
    expect((await bed.call("")).out).toContain("Usage: regatta")
    for (const spec of COMMANDS) {
      const { code, out, err } = await bed.call(`${spec.name} --help`)
      expect([spec.name, code, err]).toEqual([spec.name, 0, ""])
      expect(out).toContain(`Usage: regatta ${spec.name}`)
    }
  })

  test("a mistyped command is told the nearest name", async () => {
    const { code, err, out } = await bed.call("submitt x.csv")
    expect([code, out]).toEqual([2, ""])
    expect(err).toContain("Did you mean submit?")
  })

  test("a mistyped option is told the nearest name and where to look", async () => {
    const { code, err } = await bed.call("plan mixed.csv --colums x")
    expect(code).toBe(2)
    expect(err).toContain("Did you mean --columns?")
    expect(err).toContain("try: regatta plan --help")
  })

  test.each(Object.keys(UNBUILT_COMMANDS))("%s has a name, says that it is not built, and exits 2", async (name) => {
    const { code, err, out } = await bed.call(`${name} anything --at -a`)
    expect([code, out]).toEqual([2, ""])
    expect(err).toContain(`\`${name}\` is not built yet`)
  })

  test("too many arguments, a missing one and a wrong format exit 2", async () => {
    for (const line of ["list extra", "status", "status @last -o xml", "config", "help nothing", "completion tcsh"]) {
      const { code } = await bed.call(line)
      expect([line, code]).toEqual([line, 2])
    }
  })

  test("every mutating command has --dry-run, and every command that asks has --yes", () => {
    const options = (name: string) =>
      COMMANDS.find((spec) => spec.name === name)?.options.map(({ flags }) => optionName(flags)) ?? []
    for (const name of ["demo", "init", "submit", "run-row", "stop", "retry", "download"]) {
      expect([name, options(name).includes("dry-run")]).toEqual([name, true])
    }
    for (const name of ["submit", "stop", "retry"]) expect([name, options(name).includes("yes")]).toEqual([name, true])
  })

  test("hints repeat the command as it was called", async () => {
    const { err } = await bed.call("status @last", { calledAs: "npm run -s regatta --" })
    expect(err).toContain("hint: `npm run -s regatta -- submit MANIFEST` makes a run")
  })

  test("hints find the run also from outside its project", async () => {
    const { err, out } = await bed.call("submit ada/good.csv -y", { cwd: "/home" })
    const config = "--config ada/regatta.yaml"
    expect(err).toContain(`regatta watch ${out.trim()} ${config}\n`)
    const { err: refusal } = await bed.call(`logs ${out.trim()} 3 ${config}`, { cwd: "/home" })
    expect(refusal).toContain(`\`regatta status ${out.trim()} ${config}\` says why`)
    expect((await bed.call(`watch ${out.trim()} ${config}`, { cwd: "/home" })).err).not.toContain("--config")
    expect((await bed.call("submit good.csv -y")).err).not.toContain("--config")
  })

  test("hints name a table that was named", async () => {
    const { err } = await bed.call(["submit", "good.csv", "-y", "--table", "sqlite:/a b.sqlite"])
    expect(err).toMatch(/regatta watch rg-\S+ --table 'sqlite:\/a b\.sqlite'\n/)
  })

  test("Ctrl-C leaves a command that has nothing to wind up at once", async () => {
    await bed.call("submit good.csv -y")
    const { code } = await bed.call("logs @last 3 --follow", { after: [100, (call) => call.interrupt()] })
    expect(code).toBe(130)
  })
})

describe("help exit-codes", () => {
  test("lists every exit code", async () => {
    const { out } = await bed.call("help exit-codes")
    for (const code of ["0", "1", "2", "3", "4", "5", "6", "7", "10", "130, 143", "64", "65", "70", "75"]) {
      expect(out).toMatch(new RegExp(`^ {2}${code} `, "m"))
    }
  })

  test("help on a command is its --help; on what is none, exits 2", async () => {
    expect((await bed.call("help stop")).out).toBe((await bed.call("stop --help")).out)
    expect((await bed.call("help config show")).out).toContain("Usage: regatta config show")
    expect((await bed.call("help prune")).err).toContain("`prune` is not built yet")
    expect((await bed.call("help nothing")).code).toBe(2)
  })
})

describe("version", () => {
  test("is the package's", async () => {
    expect(VERSION).toBe(packageJson.version)
    expect((await bed.call("version")).out).toBe(`regatta ${VERSION}\n`)
    expect((await bed.call("--version")).out).toBe(`regatta ${VERSION}\n`)
    expect((await bed.json("version")).json).toEqual({ version: 1, regatta: VERSION })
  })
})

describe("completion", () => {
  test.each(["bash", "zsh", "fish"])("of %s knows every command and option", async (shell) => {
    const { code, out } = await bed.call(`completion ${shell}`)
    expect(code).toBe(0)
    for (const name of ["submit", "run-row", "config", "schema"]) expect(out).toContain(name)
    for (const option of ["detailed-exitcode", "dry-run", "all-owners"]) expect(out).toContain(option)
  })
})

describe("init", () => {
  test("writes a project that can be planned as it is", async () => {
    const { code, out, err } = await bed.call("init new")
    expect(code).toBe(0)
    expect(out.split("\n")).toContain(`${HOME}/new/manifest.csv`)
    expect(err).toContain("next\n  cd new\n  regatta plan manifest.csv\n  regatta submit manifest.csv --wait\n")
    const planned = await bed.call("plan new/manifest.csv")
    expect([planned.code, planned.err]).toEqual([0, ""])
    expect(planned.out).toContain("4 rows in 2 regions")
  })

  test("overwrites nothing, and names what is there", async () => {
    const before = await bed.files.readText(`${HOME}/regatta.yaml`)
    const { code, err } = await bed.call("init")
    expect(code).toBe(2)
    expect(err).toContain(`${HOME}/regatta.yaml`)
    expect(await bed.files.readText(`${HOME}/regatta.yaml`)).toBe(before)
    expect(await bed.files.kind(`${HOME}/code`)).toBeNull()
  })

  test("a dry run writes nothing", async () => {
    expect((await bed.call("init new --dry-run -o name")).out).toContain(`${HOME}/new/code/train.mjs\n`)
    expect(await bed.files.kind(`${HOME}/new`)).toBeNull()
  })
})

describe("plan", () => {
  test("shows rows, machines, jobs and money, and opens nothing", async () => {
    const { code, out, err } = await bed.call("plan mixed.csv")
    expect([code, err]).toEqual([0, ""])
    expect(out).toContain(`plan of ${HOME}/mixed.csv on local, run name "mixed"`)
    expect(out).toContain("us-east-1     2  2 x ml.m5.large")
    expect(out).toContain("cost: unknown, no row has a known price")
    expect(bed.opened).toEqual([])
  })

  test("-o json is the plan", async () => {
    const { json } = await bed.json("plan mixed.csv")
    expect(json).toMatchObject({ version: 1, on: "local", size: 4, slices: [4], follow: "attached" })
  })

  test("--detailed-exitcode is 10 when there is work, 2 when there is none that could be done", async () => {
    expect((await bed.call("plan mixed.csv --detailed-exitcode")).code).toBe(10)
    bed.files.put(`${HOME}/none.csv`, "region\n")
    const { code, err } = await bed.call("plan none.csv --detailed-exitcode")
    expect(code).toBe(2)
    expect(err).toContain("the manifest has a header and no row")
  })

  test("an array file without header, with names from the command line", async () => {
    bed.files.put(`${HOME}/array.csv`, "us-east-1,0.5\neu-west-1,0.6\n")
    const { code, out } = await bed.call("plan array.csv --columns region,hp.quality")
    expect(code).toBe(0)
    expect(out).toContain("2 rows in 2 regions")
    expect((await bed.call("plan array.csv --columns region,,x")).err).toContain("--columns is a list")
  })

  test("warnings are on stderr, and do not hinder", async () => {
    bed.files.put(`${HOME}/twice.csv`, "region,hp.a\nus-east-1,1\nus-east-1,1\n")
    const { code, err } = await bed.call("plan twice.csv")
    expect(code).toBe(0)
    expect(err).toMatch(/^warning: twice\.csv line 3/)
  })

  test("another platform can be planned for", async () => {
    bed.files.put(`${HOME}/far.csv`, "region,role\nus-east-1,arn:aws:iam::123456789012:role/train\n")
    const { out } = await bed.call("plan far.csv --on aws -o json")
    expect(JSON.parse(out)).toMatchObject({ on: "aws" })
  })

  test("what the service is known to refuse is an error of plan", async () => {
    bed.files.put(`${HOME}/far.csv`, "region,role,hp.outcome\nus-east-1,arn:aws:iam::123456789012:role/x,refused\n")
    const { code, err } = await bed.call("plan far.csv --on aws")
    expect([code, err]).toEqual([2, expect.stringContaining('far.csv line 2, column "hp.outcome": is refused')])
  })

  test("a manifest of many rows shows progress after two seconds, on stderr, without moving a cursor", async () => {
    const rows = Array.from({ length: 2_000 }, (_, at) => `us-east-1,${at}`)
    bed.files.put(`${HOME}/many.csv`, `region,hp.a\n${rows.join("\n")}\n`)
    let seen = 0
    const stream = bed.files.stream.bind(bed.files)
    // Each chunk of the file takes ten seconds of the clock.
    bed.files.stream = async function* (path) {
      for await (const chunk of stream(path)) {
        for (let from = 0; from < chunk.length; from += 4_000) {
          await bed.clock.sleep(bed.clock.now() + 10_000)
          seen += 1
          yield chunk.subarray(from, from + 4_000)
        }
      }
    }
    const { code, err } = await bed.call("plan many.csv")
    expect([code, seen > 2]).toEqual([0, true])
    expect(err).toMatch(/^checking rows: [\d,]+ \([\dm]+s\)\n/m)
    expect(err).not.toContain("\u001b")
  })
})

describe("faults", () => {
  test("our own bugs show a stack and exit 1; the user's world shows one line", async () => {
    await bed.call("submit good.csv -y")
    bed.table.listRuns = () => {
      throw new TypeError("undefined is not a run")
    }
    const { code, err } = await bed.call("list")
    expect(code).toBe(1)
    expect(err).toContain("TypeError: undefined is not a run")
    expect(err).toContain("    at ")
    expect(err).toContain("This is a bug in regatta.")
  })

  test("the reader of our output going away ends the command", async () => {
    await bed.call("submit good.csv -y")
    const { code } = await bed.call("watch @last", { after: [100, (call) => call.interrupt("EPIPE")] })
    expect(code).toBe(141)
  })
})

describe("config", () => {
  test("show prints what is in force, --origin also where it came from", async () => {
    const { code, out } = await bed.call("config show --origin --on local", { env: { REGATTA_PREFIX: "zz" } })
    expect(code).toBe(0)
    expect(out).toMatch(/^on +local +flag --on$/m)
    expect(out).toMatch(/^prefix +zz +environment REGATTA_PREFIX$/m)
    expect(out).toMatch(/^local\.parallel +\d+ +default$/m)
    expect(out).toMatch(/^defaults\.instance_type +ml\.m5\.large +regatta\.yaml:6$/m)
    expect((await bed.call("config show")).out).not.toContain("regatta.yaml:6")
  })

  test("show -o json has the same for programs", async () => {
    const { json } = await bed.json("config show")
    expect(json).toMatchObject({ version: 1, file: `${HOME}/regatta.yaml`, settings: expect.arrayContaining([]) })
  })

  test("every problem of a regatta.yaml is shown together, with its line", async () => {
    bed.files.put(`${HOME}/regatta.yaml`, "on: mars\nprefixx: a\ndefaults:\n  instance_count: 0\n")
    const { code, err, out } = await bed.call("config show")
    expect([code, out]).toEqual([2, ""])
    for (const line of ["regatta.yaml line 1", "regatta.yaml line 2", "regatta.yaml line 4"])
      expect(err).toContain(line)
  })

  test("schema is JSON Schema, for editors", async () => {
    const { code, out } = await bed.call("config schema")
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ type: "object", properties: { on: {}, defaults: {} } })
  })

  test("--config names another file", async () => {
    bed.files.put(`${HOME}/other.yaml`, "prefix: other\n")
    expect((await bed.call("config show --config other.yaml")).out).toMatch(/^prefix +other$/m)
    expect((await bed.call("config show --config missing.yaml")).code).toBe(2)
  })
})
