// The process behind one endpoint: takes its seat, serves every variant's model and passes requests on until it is told to end.
// Refuses to be the second, and to outlive its folder: what no record tells of does not run.
import { RegattaError } from "../../../core/errors.ts"
import type { Shell } from "../../../ports/world.ts"
import {
  appendLeader,
  createOnce,
  isUnseated,
  type JobPaths,
  jobPaths,
  replaceFile,
  stopAskedAt,
} from "../../process/job-folder.ts"
import { probeBinding } from "../../process/opt-ml.ts"
import { killServers } from "../../serving/background-job.ts"
import { ServedModel } from "../../serving/served-model.ts"
import type { ServerMachine } from "../../serving/server-command.ts"
import { readModel } from "../../serving/stored-model.ts"
import { type EndpointDescription, type EndpointEnd, invocationPath, readEndpoint } from "./endpoint-folder.ts"
import { openFront, type Variant } from "./endpoint-front.ts"

export type EndpointHost = Pick<Shell, "clock" | "env" | "process" | "self" | "terminated" | "err">

/** How soon it is seen that the endpoint's folder was removed. */
const SEAT_LOOK_MS = 1_000
const MOST_REASON = 1024

/** Serves until it is told to end. The exit code: 0, also when another has the endpoint already; 1 where it failed. */
export async function carryEndpoint(folder: string, host: EndpointHost): Promise<number> {
  const paths = jobPaths(folder)
  const description = readEndpoint(paths)
  if (description === null) throw new RegattaError("notFound", `there is no endpoint in ${folder}`)
  if (!createOnce(paths.supervisor, JSON.stringify({ process: host.process }))) return 0
  const seat = watchSeat(paths, host.process)
  const told = AbortSignal.any([host.terminated, seat.lost])
  const failure = await serve(paths, description, host, told).catch((error: unknown) => {
    if (!(error instanceof RegattaError)) host.err(`${error instanceof Error ? error.stack : String(error)}\n`)
    return error instanceof Error ? error.message : String(error)
  })
  seat.close()
  await killServers(paths)
  if (isUnseated(paths, host.process)) return 1
  const end: EndpointEnd = { reason: (failure ?? "its process was told to end").slice(0, MOST_REASON) }
  createOnce(paths.end, JSON.stringify(end))
  return failure === null ? 0 : 1
}

/** Why it serves no more; null: it was told to end. */
async function serve(
  paths: JobPaths,
  { plan, stateFolder }: EndpointDescription,
  host: EndpointHost,
  told: AbortSignal,
): Promise<string | null> {
  const machine = { self: host.self, env: host.env, binding: await probeBinding(stateFolder) }
  const starting = new AbortController()
  // One that fails gives up all others.
  const starts = plan.variants.map((variant) =>
    startVariant(paths, stateFolder, variant, machine, host, AbortSignal.any([told, starting.signal])).catch(
      (error: unknown) => {
        starting.abort()
        throw error
      },
    ),
  )
  const settled = await Promise.allSettled(starts)
  const served = settled.flatMap((each) => (each.status === "fulfilled" && each.value !== null ? [each.value] : []))
  try {
    const wrong = settled.find((each) => each.status === "rejected")
    if (wrong !== undefined) throw wrong.reason
    if (isTold(paths, told)) return null
    const variants = served.map((model, at): Variant => {
      const { name = "", weight = 0 } = plan.variants[at] ?? {}
      return { name, weight, served: model }
    })
    const front = await openFront(invocationPath(plan.name), variants)
    try {
      replaceFile(paths.state, JSON.stringify({ port: front.port }))
      return await Promise.race([fired(told).then(() => null), ...served.map(endOf)])
    } finally {
      front.close()
    }
  } finally {
    await Promise.all(served.map((model) => model.end()))
  }
}

/** null: it was given up. */
async function startVariant(
  paths: JobPaths,
  stateFolder: string,
  variant: EndpointDescription["plan"]["variants"][number],
  machine: ServerMachine,
  { clock }: EndpointHost,
  signal: AbortSignal,
): Promise<ServedModel | null> {
  const model = readModel(stateFolder, variant.model)
  if (model === null) throw new RegattaError("notFound", `there is no model ${variant.model}`)
  return ServedModel.start({
    model,
    machine,
    folder: paths.folder,
    extra: {},
    clock,
    logName: `server-${variant.name}.log`,
    ...(variant.startupSeconds === null ? {} : { startupMs: variant.startupSeconds * 1000 }),
    onStarted: (identity) => appendLeader(paths, identity),
    signal,
  })
}

async function endOf({ name, ended }: ServedModel): Promise<string> {
  return `the server of the model ${name} ended: ${await ended}`
}

/** A request that came before the seat was taken has sent no signal. */
function isTold(paths: JobPaths, told: AbortSignal): boolean {
  return told.aborted || stopAskedAt(paths) !== null
}

function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener("abort", () => resolve(), { once: true })
  })
}

function watchSeat(paths: JobPaths, process: string): { readonly lost: AbortSignal; close(): void } {
  const lost = new AbortController()
  const timer = setInterval(() => {
    if (isUnseated(paths, process)) lost.abort("its folder was removed")
  }, SEAT_LOOK_MS)
  return { lost: lost.signal, close: () => clearInterval(timer) }
}
