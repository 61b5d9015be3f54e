// `npm run -s image -- build|check [tag]`: makes the image of the Dockerfile, and proves what is promised of it by running it.
// It publishes nothing, and says which engine is missing instead of passing.
// IMAGE_BUILD is called as `$IMAGE_BUILD -t TAG FOLDER`, IMAGE_RUN as `$IMAGE_RUN [options of docker run] TAG [arguments]`;
// without them docker, podman or buildah is found. `check` needs `build` before it.
import { spawn, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { CHECKS, type Ended, type Image } from "./image-checks.ts"

const ROOT = resolve(import.meta.dirname, "..")
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { readonly version: string }
/** Files of the image are as old as this, so that the same input gives the same layers. */
const EPOCH = "0"
const LONGEST_SECONDS = 900

type Command = readonly [string, ...string[]]

process.exitCode = await main(process.argv[2] ?? "", process.argv[3] ?? `localhost/regatta:${version}`)

async function main(task: string, tag: string): Promise<number> {
  if (task === "build") return build(tag)
  if (task === "check") return check(tag)
  console.error(`expected build or check, got "${task}"`)
  return 2
}

async function build(tag: string): Promise<number> {
  const command = builder()
  if (command === null) return missing("builds an image", "IMAGE_BUILD")
  const { code } = await ended([...command, "-t", tag, ROOT], "inherit")
  return code
}

async function check(tag: string): Promise<number> {
  const command = runner()
  if (command === null) return missing("runs an image", "IMAGE_RUN")
  const image: Image = {
    version,
    run: (options, ...parameters) => ended([...command, ...options, tag, ...parameters], "pipe"),
    start: (options, ...parameters) => started([...command, ...options, tag, ...parameters]),
  }
  let failed = 0
  for (const [claim, holds] of Object.entries(CHECKS)) {
    const wrong = await holds(image).catch((error: unknown) => String(error))
    if (wrong !== null) failed += 1
    console.log(wrong === null ? `ok     ${claim}` : `FAILED ${claim}: ${wrong}`)
  }
  console.log(`${Object.keys(CHECKS).length - failed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

function builder(): Command | null {
  const given = words(process.env["IMAGE_BUILD"])
  if (given !== null) return given
  // An engine that rewrites times says so itself; docker takes SOURCE_DATE_EPOCH from its environment.
  if (answers("docker", "info")) return ["docker", "build"]
  if (answers("podman", "info")) return ["podman", "build", "--timestamp", EPOCH]
  return answers("buildah", "version") ? ["buildah", "build", "--timestamp", EPOCH] : null
}

function runner(): Command | null {
  const given = words(process.env["IMAGE_RUN"])
  if (given !== null) return given
  const engine = ["docker", "podman"].find((name) => answers(name, "info"))
  return engine === undefined ? null : [engine, "run", "--rm"]
}

function missing(what: string, variable: string): number {
  console.error(
    `nothing here ${what}: no docker or podman that answers${what.startsWith("builds") ? ", and no buildah" : ""}.\n` +
      `Install one, or name a command with the same arguments in ${variable}.`,
  )
  return 1
}

function words(text = ""): Command | null {
  const [first, ...rest] = text.split(/\s+/).filter((word) => word !== "")
  return first === undefined ? null : [first, ...rest]
}

function answers(command: string, ...parameters: readonly string[]): boolean {
  return spawnSync(command, parameters, { stdio: "ignore", timeout: 10_000 }).status === 0
}

function ended(command: Command, stdio: "inherit" | "pipe"): Promise<Ended> {
  return started(command, stdio).ended
}

/** A container that runs; `signal` reaches the process in it by way of the engine's client. */
function started([program, ...parameters]: Command, stdio: "inherit" | "pipe" = "pipe") {
  const child = spawn(program, parameters, {
    stdio: ["ignore", stdio, stdio],
    env: { ...process.env, SOURCE_DATE_EPOCH: EPOCH },
    timeout: LONGEST_SECONDS * 1000,
  })
  const said = { stdout: "", stderr: "" }
  const listeners = new Set<() => void>()
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      said[name] += text
      for (const listener of listeners) listener()
    })
  }
  const whenEnded = new Promise<Ended>((done, fail) => {
    child.once("error", fail)
    child.once("close", (code) => done({ code: code ?? -1, ...said }))
  })
  return {
    ended: whenEnded,
    signal: (name: NodeJS.Signals) => void child.kill(name),
    /** Ends when stderr holds this text, or the container has ended. */
    says: (text: string) =>
      new Promise<void>((done) => {
        const look = () => said.stderr.includes(text) && done()
        listeners.add(look)
        look()
        void whenEnded.finally(() => done())
      }),
  }
}
