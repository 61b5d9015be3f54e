import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { childProcesses } from "../../../src/adapters/process/child-processes.ts"
import type { FaultRule } from "../../../src/core/config/fault-rules.ts"
import { type EmulatorOptions, startEmulator } from "../../../src/emulator/emulator.ts"

export const ACCOUNT = "123456789012"

/** An emulator on a free port whose children run `child` (a program for Node), and how clients reach it. */
export async function anEmulator(options: Partial<EmulatorOptions> & { readonly child?: string } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "emulated-"))
  const { child = "", ...rest } = options
  const emulator = await startEmulator({
    clock: { now: () => Date.now() },
    processes: childProcesses,
    command: (job) => [process.execPath, "-e", child, ...job.command],
    hostEnvironment: { PATH: process.env["PATH"] ?? "" },
    folder,
    port: 0,
    speed: 1,
    seed: 1,
    dynamodb: null,
    pace: { runnableMs: 5, startingMs: 5, startBurst: 100, startsPerSecond: 1000 },
    ...rest,
  })
  const control = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${emulator.endpoint}/_regatta/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as Record<string, unknown>
  }
  return {
    ...emulator,
    folder,
    control,
    faults: (...rules: readonly FaultRule[]) => control("POST", "faults", { rules }),
    client: (region: string, tries = 1) => ({
      region,
      endpoint: emulator.endpoint,
      credentials: { accessKeyId: "made-up", secretAccessKey: "key" },
      maxAttempts: tries,
    }),
    async close() {
      await emulator.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export type Emulated = Awaited<ReturnType<typeof anEmulator>>
