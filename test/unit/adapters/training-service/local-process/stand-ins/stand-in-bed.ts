import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { onTestFinished } from "vitest"
import {
  MODEL_FILE,
  runStandIn,
} from "../../../../../../src/adapters/training-service/local-process/stand-ins/run-stand-in.ts"

export interface StandInInput {
  readonly hyperparameters: Readonly<Record<string, string>>
  /** Files by `channel/name`; of each host, or one for all. */
  readonly files: readonly Readonly<Record<string, string>>[]
  readonly contentType?: string | null
  readonly terminated?: AbortSignal
}

export interface StandInEnd {
  readonly code: number
  readonly log: string
  readonly failure: string | null
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it wrote
  readonly model: any
}

/** Trains with a stand-in as a training job would, each host in this process; the ends by host. */
export async function runHosts(algorithm: string, input: StandInInput): Promise<readonly StandInEnd[]> {
  const root = mkdtempSync(join(tmpdir(), "regatta-stand-in-"))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const hosts = input.files.map((_, at) => `algo-${at + 1}`)
  return Promise.all(
    input.files.map((files, at) => {
      const host = hosts[at] ?? ""
      return runHost(algorithm, join(root, host), { ...input, files, host, hosts, jobName: root })
    }),
  )
}

async function runHost(
  algorithm: string,
  folder: string,
  input: Omit<StandInInput, "files"> & {
    readonly files: Readonly<Record<string, string>>
    readonly host: string
    readonly hosts: readonly string[]
    readonly jobName: string
  },
): Promise<StandInEnd> {
  const write = (path: string, text: string) => {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  const { contentType = "text/csv" } = input
  for (const [path, text] of Object.entries(input.files)) write(`input/data/${path}`, text)
  const channels = [...new Set(Object.keys(input.files).map((path) => path.split("/")[0] ?? ""))]
  const described = channels.map((name) => [name, contentType === null ? {} : { ContentType: contentType }])
  write("input/config/inputdataconfig.json", JSON.stringify(Object.fromEntries(described)))
  write("input/config/hyperparameters.json", JSON.stringify(input.hyperparameters))
  let log = ""
  const code = await runStandIn(algorithm, {
    env: {
      SM_INPUT_DIR: join(folder, "input"),
      SM_INPUT_CONFIG_DIR: join(folder, "input", "config"),
      SM_HOSTS: JSON.stringify(input.hosts),
      SM_CURRENT_HOST: input.host,
      SM_MODEL_DIR: join(folder, "model"),
      SM_OUTPUT_DIR: join(folder, "output"),
      TRAINING_JOB_NAME: input.jobName,
    },
    out: (text) => {
      log += text
    },
    terminated: input.terminated ?? new AbortController().signal,
  })
  const read = (path: string) => (existsSync(join(folder, path)) ? readFileSync(join(folder, path), "utf8") : null)
  return { code, log, failure: read("output/failure"), model: JSON.parse(read(`model/${MODEL_FILE}`) ?? "null") }
}

/** Lines of CSV, the label first. */
export function csv(rows: readonly (readonly (number | string)[])[]): string {
  return `${rows.map((cells) => cells.join(",")).join("\n")}\n`
}

/** Values of a metric in the order of the log. */
export function metricsIn(log: string, pattern: RegExp): readonly number[] {
  return [...log.matchAll(pattern)].map(([, value]) => Number(value))
}
