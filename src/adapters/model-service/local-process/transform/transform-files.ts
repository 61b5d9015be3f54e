import { dirname, join } from "node:path"
import { processesRecords } from "../../../../core/job/transform-on-local.ts"
import type { TransformPlan } from "../../../../core/job/transform-plan.ts"
import { nameOver, writeBeside } from "../../../disk/write-whole.ts"
import type { Answer } from "../../../serving/http-exchange.ts"
import type { ExecutionParameters, ServedModel } from "../../../serving/served-model.ts"
import { type Batch, type BatchRule, batchesOf } from "./batches.ts"
import { inOrder } from "./in-order.ts"
import type { InputFile } from "./input-files.ts"
import { RecordProcessing } from "./record-processing.ts"

const MB = 1024 ** 2
/** CreateTransformJob's own defaults. */
const DEFAULT_PAYLOAD_MB = 6
const MOST_SAID = 600

/** What of the service's own words a transform needs of a served model. */
export type Invoked = Pick<ServedModel, "invoke">

/**
 * Sends every file to the server and writes its answers as `<output>/<name>.out`, each whole or not at all. A file that
 * fails leaves no output; the others are still done, as SageMaker does. Returns what failed. Throws when the signal fires.
 */
export async function transformFiles(
  plan: TransformPlan,
  files: readonly InputFile[],
  output: string,
  served: Invoked,
  preferred: ExecutionParameters,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const failed: string[] = []
  for (const { name, path } of files) {
    const to = join(output, `${name}.out`)
    try {
      await writeBeside(dirname(to), to, answersOf(plan, path, served, preferred, signal), (written) =>
        nameOver(written, to),
      )
    } catch (error) {
      signal.throwIfAborted()
      failed.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return failed
}

async function* answersOf(
  plan: TransformPlan,
  path: string,
  served: Invoked,
  preferred: ExecutionParameters,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const processing = processesRecords(plan) ? new RecordProcessing(plan) : null
  const send = async (batch: Batch) => {
    const records = processing === null ? [] : batch.map((record) => record.toString("utf8"))
    const body = processing === null ? joined(batch) : Buffer.from(processing.sent(records).join("\n"))
    const { status, body: said } = await served.invoke(body, plan, signal)
    if (status < 200 || status > 299) throw new Error(refusalText(status, said))
    return processing === null ? assembled(said, plan) : Buffer.from(processing.kept(records, said.toString("utf8")))
  }
  const atOnce = plan.maxConcurrent ?? preferred.MaxConcurrentTransforms ?? 1
  yield* inOrder(batchesOf(path, ruleOf(plan, preferred)), Math.max(1, atOnce), send)
}

/** What the plan leaves open is the container's to prefer, then SageMaker's default. */
export function ruleOf(
  { split, strategy, maxPayloadMb }: TransformPlan,
  { BatchStrategy, MaxPayloadInMB }: ExecutionParameters,
): BatchRule {
  const megabytes = maxPayloadMb ?? MaxPayloadInMB ?? DEFAULT_PAYLOAD_MB
  return {
    byLine: split === "Line",
    single: (strategy ?? (BatchStrategy === "SINGLE_RECORD" ? "SingleRecord" : "MultiRecord")) === "SingleRecord",
    mostBytes: megabytes === 0 ? Number.POSITIVE_INFINITY : megabytes * MB,
  }
}

function joined(batch: Batch): Buffer {
  const newline = Buffer.from("\n")
  return Buffer.concat(batch.flatMap((record, at) => (at === 0 ? [record] : [newline, record])))
}

function assembled(answer: Buffer, { assemble }: TransformPlan): Buffer {
  if (assemble !== "Line" || answer.at(-1) === 10) return answer
  return Buffer.concat([answer, Buffer.from("\n")])
}

function refusalText(status: Answer["status"], said: Buffer): string {
  const words = said.toString("utf8").trim().slice(0, MOST_SAID)
  return `the server answered ${status}${words === "" ? "" : `: ${words}`}`
}
