// A whole installation in memory: the real command line and the real worker on memory ports and a virtual clock.

import { MemoryArrayQueue } from "../../src/adapters/array-queue/memory/memory-array-queue.ts"
import { MemoryFileSystem } from "../../src/adapters/file-system/memory/memory-file-system.ts"
import { MemoryStore } from "../../src/adapters/object-store/memory/memory-store.ts"
import { MemoryRunTable } from "../../src/adapters/run-table/memory/memory-run-table.ts"
import { MemorySchedules } from "../../src/adapters/schedule-service/memory/memory-schedules.ts"
import { runCli } from "../../src/cli/cli.ts"
import { COMMANDS } from "../../src/cli/command-tree/command-tree.ts"
import { LOCAL_TIMING } from "../../src/core/decision/policy.ts"
import type { ArtifactUnpacker } from "../../src/ports/artifact-unpacker.ts"
import type { MachineBook } from "../../src/ports/machine-book.ts"
import type { ModelService } from "../../src/ports/model-service.ts"
import type { Compose, Ports } from "../../src/ports/ports.ts"
import type { Shell } from "../../src/ports/world.ts"
import { VirtualClock } from "../../src/simulation/virtual-clock.ts"
import { runWorker } from "../../src/worker/main.ts"
import { aWorld } from "../builders.ts"
import type { FakeAccount } from "../fake-account.ts"
import { FakeTraining } from "./fake-training.ts"

// Commands are read when they are called, which takes real time: none may pass while the clock is virtual.
await Promise.all(COMMANDS.flatMap((spec) => [spec, ...(spec.commands ?? [])]).map((spec) => spec.load?.()))
await import("../../src/cli/open-session.ts")

export const START = Date.UTC(2026, 10, 20, 14, 22, 33)
export const HOME = "/home/ada"
/** Stands for the table, which is in memory: there once it was opened. */
const TABLE_FILE = `${HOME}/.regatta/table.sqlite`

/** Four rows in two regions; the third fails. */
export const MANIFEST = `name,region,hp.quality,hp.outcome
one,us-east-1,0.7,completed
two,us-east-1,0.9,completed
three,eu-west-1,0.5,failed
four,eu-west-1,0.8,completed
`
export const GOOD_MANIFEST = MANIFEST.replace("failed", "completed")

export const SETTINGS = `on: local
account: "123456789012"
defaults:
  image: trainer:1
  entry_point: train.mjs
  instance_type: ml.m5.large
  metric.accuracy: "accuracy=([0-9.]+)"
`

export interface CallOptions {
  /** Standard input and error are a terminal. */
  readonly isInteractive?: boolean
  /** Standard output is a terminal. */
  readonly isTerminal?: boolean
  readonly columns?: number
  readonly color?: boolean
  readonly env?: Readonly<Record<string, string>>
  readonly user?: string
  readonly cwd?: string
  readonly calledAs?: string
  /** What is typed at the questions, in order; then end of input. */
  readonly answers?: readonly string[]
  /** Called once, this long after the start of the command. */
  readonly after?: readonly [milliseconds: number, happen: (call: RunningCall) => void]
}

export interface RunningCall {
  /** Ctrl-C. */
  interrupt(signal?: string): void
}

export interface Called {
  readonly code: number
  readonly out: string
  readonly err: string
  readonly questions: readonly string[]
}

export class TestBed {
  readonly clock = new VirtualClock(START)
  readonly files: MemoryFileSystem
  readonly table = new MemoryRunTable({ retryAfter: LOCAL_TIMING.backOff })
  readonly objects = new MemoryStore()
  readonly training = new FakeTraining(this.clock)
  readonly queue: MemoryArrayQueue
  /** An account makes it aws as far as planning and looking go; null: local. */
  account: FakeAccount | null = null
  /** Whether the central table of aws is there. */
  hasTable = true
  actions: Ports["actions"]
  /** null: the platform makes no models. */
  models: ModelService | null = null
  catalog: Ports["catalog"]
  machine: MachineBook = { node: "24.0.0", isWritable: async () => true }
  readonly schedules = new MemorySchedules()
  /** Owners whose processes have died. */
  readonly gone = new Set<string>()
  readonly unpacked: { readonly folder: string; readonly bytes: number }[] = []
  /** Ports that were made, by name; a dry run makes none that write. */
  readonly opened: string[] = []
  #processes = 0

  constructor(files: Readonly<Record<string, string>> = {}) {
    this.files = new MemoryFileSystem({
      [`${HOME}/mixed.csv`]: MANIFEST,
      [`${HOME}/good.csv`]: GOOD_MANIFEST,
      [`${HOME}/regatta.yaml`]: SETTINGS,
      [`${HOME}/train.mjs`]: "console.log('training')",
      ...files,
    })
    this.queue = new MemoryArrayQueue({
      environment: { REGATTA_TABLE: TABLE_FILE, REGATTA_HOME: `${HOME}/.regatta`, REGATTA_ON: "local" },
      parallel: 2,
      work: (environment, terminated) => runWorker(this.#workerShell(environment, terminated), this.compose),
      isGone: (owner) => this.gone.has(owner),
    })
  }

  readonly compose: Compose = (_, shell) => {
    const use = async <Port>(name: string, port: Port): Promise<Port> => {
      this.opened.push(name)
      return port
    }
    const table = () => {
      this.files.put(TABLE_FILE, "")
      return use("table", this.table)
    }
    return {
      files: this.files,
      timing: LOCAL_TIMING,
      table,
      ...(this.account === null ? {} : { existingTable: async () => (this.hasTable ? table() : null) }),
      objects: () => use("objects", this.objects),
      training: () => use("training", this.training),
      queue: () => use("queue", this.queue),
      logs: () => use("logs", this.training),
      preview: async () => this.training,
      ...(this.actions === undefined ? {} : { actions: this.actions }),
      ...(this.catalog === undefined ? {} : { catalog: this.catalog }),
      caller: async () =>
        this.account === null ? { account: "000000000000", name: shell.user } : this.account.caller(),
      ...(this.account === null ? { machine: async () => this.machine } : { account: this.account }),
      schedules: () => use("schedules", this.schedules),
      unpacker: () => use("unpacker", this.#unpacker),
      ...(this.models === null ? {} : { models: async () => this.models as ModelService }),
      close: async () => {},
    }
  }

  /** Runs a command to its end; time passes only while everybody waits for it. */
  async call(line: string | readonly string[], options: CallOptions = {}): Promise<Called> {
    const argv = typeof line === "string" ? line.split(" ").filter((word) => word !== "") : line
    const said = { out: "", err: "" }
    const questions: string[] = []
    const answers = [...(options.answers ?? [])]
    const terminated = new AbortController()
    const callbacks = new Set<() => void>()
    const shell: Shell = {
      ...this.#world(),
      argv,
      env: options.env ?? {},
      cwd: options.cwd ?? HOME,
      user: options.user ?? "ada",
      self: ["node", "main.ts"],
      packageFolder: "/package",
      calledAs: options.calledAs ?? "regatta",
      process: this.#newProcess(),
      out: (text) => {
        said.out += text
      },
      err: (text) => {
        said.err += text
      },
      isInteractive: options.isInteractive ?? false,
      isTerminal: options.isTerminal ?? false,
      columns: options.columns ?? 80,
      color: options.color ?? false,
      ask: async (question) => {
        questions.push(question)
        return answers.shift() ?? null
      },
      terminated: terminated.signal,
      onInterrupt: (callback) => {
        callbacks.add(callback)
        return () => callbacks.delete(callback)
      },
    }
    const running: RunningCall = {
      interrupt(signal = "SIGINT") {
        for (const callback of [...callbacks]) callback()
        terminated.abort(signal)
      },
    }
    const [delay, happen] = options.after ?? [0, null]
    if (happen !== null) this.clock.at(this.clock.now() + delay, () => happen(running))
    let code: number | null = null
    void runCli(shell, this.compose).then((ended) => {
      code = ended
    })
    await this.clock.run(settle, () => code !== null)
    if (code === null) throw new Error(`"${argv.join(" ")}" waits for what never happens\n${said.out}\n${said.err}`)
    return { code, ...said, questions }
  }

  /** The same, with stdout read as JSON. */
  async json(line: string, options: CallOptions = {}): Promise<{ readonly code: number; readonly json: unknown }> {
    const { code, out } = await this.call(`${line} -o json`, options)
    return { code, json: JSON.parse(out) }
  }

  /** Lets everything under way come to its end. */
  async rest(): Promise<void> {
    await this.clock.run(settle, () => false)
  }

  #world() {
    return { ...aWorld(), clock: this.clock }
  }

  #newProcess(): string {
    this.#processes += 1
    return `here.boot.${1000 + this.#processes}.${this.#processes}`
  }

  #workerShell(environment: Readonly<Record<string, string | undefined>>, terminated: AbortSignal): Shell {
    return {
      ...this.#world(),
      argv: ["worker"],
      env: environment,
      cwd: HOME,
      user: "ada",
      self: ["node", "main.ts"],
      packageFolder: "/package",
      calledAs: "regatta",
      process: this.#newProcess(),
      out: () => {},
      err: () => {},
      isInteractive: false,
      isTerminal: false,
      columns: 80,
      color: false,
      ask: async () => null,
      terminated,
      onInterrupt: () => () => {},
    }
  }

  readonly #unpacker: ArtifactUnpacker = {
    unpack: async (archive, folder) => {
      let bytes = 0
      for await (const chunk of archive) bytes += chunk.length
      this.unpacked.push({ folder, bytes })
      return { files: 1, bytes }
    },
  }
}

/** All that does not wait for the clock has been done: streams need more than one turn. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
