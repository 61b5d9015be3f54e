import { MemoryFileSystem } from "../src/adapters/file-system/memory/memory-file-system.ts"
import { MemoryStore } from "../src/adapters/object-store/memory/memory-store.ts"
import { MemoryRunTable } from "../src/adapters/run-table/memory/memory-run-table.ts"
import type { SubmitPorts, SubmitRequest } from "../src/app/submit-run.ts"
import { LOCAL_TIMING } from "../src/core/decision/policy.ts"
import type { OwnerId } from "../src/core/ids.ts"
import type { ArrayRecord, RunRecord } from "../src/core/run/run.ts"
import type { ArrayQueue } from "../src/ports/array-queue.ts"
import type { World } from "../src/ports/world.ts"
import { aWorld } from "./builders.ts"

export const MANIFEST = "/projects/demo/manifest.csv"

/** A manifest with header and its script, in /projects/demo as `aConfig` expects it. */
export function demoFiles(rows: number, difference: Readonly<Record<string, string>> = {}): MemoryFileSystem {
  return new MemoryFileSystem({
    [MANIFEST]: manifestText(rows),
    "/projects/demo/src/train.mjs": "console.log('loss=0.5')",
    "/projects/demo/src/lib/model.mjs": "export const model = 1",
    ...difference,
  })
}

export function manifestText(rows: number): string {
  const regions = ["us-east-1", "eu-west-1"]
  const lines = Array.from({ length: rows }, (_, row) => `${regions[row % 2]},${row}`)
  return `region,hp.seed\n${lines.map((line) => `${line}\n`).join("")}`
}

/** All that a submission touches, in memory, with a queue that starts nothing. */
export interface MemoryPlatform {
  readonly files: MemoryFileSystem
  readonly objects: MemoryStore
  readonly table: MemoryRunTable
  readonly queue: NotingQueue
  readonly world: World
}

export function memoryPlatform(files: MemoryFileSystem): MemoryPlatform {
  return {
    files,
    objects: new MemoryStore(),
    table: new MemoryRunTable({ retryAfter: 1000 }),
    queue: new NotingQueue(),
    world: aWorld(),
  }
}

export function submitPorts(platform: MemoryPlatform): SubmitPorts {
  return {
    ...platform,
    queue: platform.queue as unknown as ArrayQueue,
    timing: LOCAL_TIMING,
  }
}

export function submitRequest(difference: Partial<SubmitRequest> = {}): SubmitRequest {
  return {
    manifest: MANIFEST,
    columns: null,
    allowPlainEnv: [],
    name: null,
    row: null,
    createdBy: "ada",
    me: "command|host.boot.1.1" as OwnerId,
    maxCostUsd: null,
    allowUnknownPrice: false,
    saved: null,
    ...difference,
  }
}

/** Notes what it was asked for, and adopts by name. */
export class NotingQueue {
  /** Names in the order in which they were asked for, also those that were adopted. */
  readonly asked: string[] = []
  readonly arrays = new Map<string, ArrayRecord>()
  readonly revived: string[] = []
  isGone = async (_owner: OwnerId): Promise<boolean> => false

  async ready(): Promise<void> {}

  async submit(_run: RunRecord, array: ArrayRecord): Promise<string> {
    this.asked.push(array.name)
    if (!this.arrays.has(array.name)) this.arrays.set(array.name, array)
    return `id-of-${array.name}`
  }

  async revive(_run: RunRecord, array: ArrayRecord): Promise<void> {
    this.revived.push(array.name)
  }

  async end(): Promise<void> {}
}
