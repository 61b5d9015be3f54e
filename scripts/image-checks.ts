// What must hold of the image, each by running it. It knows no engine: `Image` runs a container with options of `docker run`.

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly ended: Promise<Ended>
  readonly signal: (name: NodeJS.Signals) => void
  readonly says: (text: string) => Promise<void>
}

export interface Image {
  /** That the image must say of itself. */
  readonly version: string
  readonly run: (options: readonly string[], ...parameters: readonly string[]) => Promise<Ended>
  readonly start: (options: readonly string[], ...parameters: readonly string[]) => Running
}

/** null: it holds. Else what was seen instead. */
type Check = (image: Image) => Promise<string | null>

const LOCKED = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
/** Exit code of a worker that nobody told its row. */
const USAGE = 64
/** Exit code of a follower that SIGTERM ended. */
const TERMINATED = 143
/** What an engine says of a program that the image does not have. */
const NO_SUCH_PROGRAM = [125, 126, 127]

export const CHECKS: Readonly<Record<string, Check>> = {
  "says its version": async (image) => {
    const { code, stdout, stderr } = await image.run([], "version")
    return seen(code === 0 && stdout.trim() === `regatta ${image.version}`, `exit ${code}: ${stdout}${stderr}`)
  },
  "without arguments it is the worker, which ends with 64 where no row is named": (image) => isUsage(image, []),
  "runs on a read-only disk without capabilities": (image) => isUsage(image, LOCKED),
  "runs as any user": async (image) => {
    const { code, stderr } = await image.run([...LOCKED, "--user", "12345:12345"], "version")
    return seen(code === 0, `exit ${code}: ${stderr}`)
  },
  "its own user is not root, and may not write what it runs": async (image) => {
    const { uid, writable } = await inside<{ uid: number; writable: string[] }>(image, WRITABLE)
    return seen(uid !== 0 && writable.length === 0, `uid ${uid}, writable: ${writable.join(" ")}`)
  },
  "has no shell": async (image) => {
    const { code, stderr } = await image.run(["--entrypoint", "/bin/sh"], "-c", "echo shell")
    return seen(NO_SUCH_PROGRAM.includes(code) && stderr.includes("/bin/sh"), `exit ${code}: ${stderr}`)
  },
  "has Node, one bundled folder and no package": async (image) => {
    const { programs, regatta } = await inside<{ programs: string[]; regatta: string[] }>(image, CONTENTS)
    const isBare = programs.join() === "node" && regatta.join() === "LICENSE,dist,package.json"
    return seen(isBare, `${programs.join(" ")}; ${regatta.join(" ")}`)
  },
  "resolves names and trusts the usual authorities": async (image) => {
    const { address, authorities } = await inside<{ address: string; authorities: number }>(image, NETWORK)
    return seen(/^(?:127\.|::1)/.test(address) && authorities > 100, `${address}, ${authorities} authorities`)
  },
  "has the worker's compiled code, for its own Node": async (image) => {
    const { rejected } = await inside<{ rejected: boolean }>(image, CODE_CACHE)
    return seen(!rejected, "V8 refuses it")
  },
  "as process 1 it ends at SIGTERM": async (image) => {
    const state = ["--tmpfs", "/state:mode=1777", "--workdir", "/state"]
    const running = image.start([...LOCKED, ...state], "follow")
    await running.says("following")
    running.signal("SIGTERM")
    const { code, stderr } = await running.ended
    return seen(code === TERMINATED, `exit ${code}: ${stderr}`)
  },
}

const WRITABLE = `{
  const { readdirSync, accessSync, constants } = require("node:fs")
  const writable = []
  const walk = (path) => {
    try { accessSync(path, constants.W_OK); writable.push(path) } catch {}
    for (const each of readdirSync(path, { withFileTypes: true })) if (each.isDirectory()) walk(path + "/" + each.name)
  }
  for (const top of ["/usr", "/etc", "/lib", "/regatta"]) walk(top)
  console.log(JSON.stringify({ uid: process.getuid(), writable }))
}`

const CONTENTS = `{
  const { readdirSync } = require("node:fs")
  console.log(JSON.stringify({ programs: readdirSync("/usr/local/bin"), regatta: readdirSync("/regatta").sort() }))
}`

const CODE_CACHE = `{
  const { readFileSync } = require("node:fs")
  const cachedData = readFileSync("/regatta/dist/worker.cache")
  const script = new (require("node:vm").Script)(readFileSync("/regatta/dist/code.cjs", "latin1"), { cachedData })
  console.log(JSON.stringify({ rejected: script.cachedDataRejected }))
}`

const NETWORK = `require("node:dns").lookup("localhost", (error, address) =>
  console.log(JSON.stringify({ address: String(error ?? address), authorities: require("node:tls").rootCertificates.length })))`

async function isUsage(image: Image, options: readonly string[]): Promise<string | null> {
  const { code, stderr } = await image.run(options)
  return seen(code === USAGE && stderr.includes("REGATTA_RUN"), `exit ${code}: ${stderr}`)
}

/** Runs this script by the image's Node and reads the JSON that it prints. */
async function inside<T>(image: Image, script: string): Promise<T> {
  const { stdout, stderr } = await image.run(["--entrypoint", "node"], "-e", script)
  if (stdout === "") throw new Error(stderr)
  return JSON.parse(stdout) as T
}

function seen(holds: boolean, otherwise: string): string | null {
  return holds ? null : otherwise.trim()
}
