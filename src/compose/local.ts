import { DiskFileSystem } from "../adapters/file-system/disk/disk-file-system.ts"
import { LOCAL_TIMING } from "../core/decision/policy.ts"
import type { ObjectStore } from "../ports/object-store.ts"
import type { Composed, Ports } from "../ports/ports.ts"
import type { Shell } from "../ports/world.ts"
import { catalogs } from "./catalogs.ts"
import { kept } from "./kept.ts"
import { openNotices } from "./notices.ts"
import { simulator } from "./simulated.ts"
import { openTable } from "./tables.ts"
import { tarUnpacker } from "./unpacker.ts"

export function local(config: Composed, shell: Shell): Ports {
  const { stateFolder } = config
  const environment = workerEnvironment(config, shell)
  const table = kept(() => openTable(config, shell, LOCAL_TIMING))
  const training = kept(async () => {
    const { LocalProcessTraining } = await import(
      "../adapters/training-service/local-process/local-process-training.ts"
    )
    const { clock, log, self, process } = shell
    return new LocalProcessTraining({ stateFolder, clock, log, self, process, env: environment })
  })
  const objects = kept(() => openObjects(stateFolder))
  const schedules = kept(async () => {
    const { FolderSchedules } = await import("../adapters/schedule-service/folder/folder-schedules.ts")
    return new FolderSchedules(stateFolder)
  })
  const clients: { destroy(): void }[] = []
  return {
    files: new DiskFileSystem(shell.env["PATH"]),
    notices: kept(() => openNotices(shell, clients)).get,
    timing: LOCAL_TIMING,
    table: table.get,
    objects: objects.get,
    training: training.get,
    preview: training.get,
    queue: kept(async () => {
      const { LocalArrayQueue } = await import("../adapters/array-queue/local/local-array-queue.ts")
      return new LocalArrayQueue({ stateFolder, table: await table.get(), self: shell.self, environment })
    }).get,
    caller: async () => ({ account: config.account ?? "000000000000", name: shell.user }),
    machine: async () => {
      const { NodeMachine } = await import("../adapters/machine/node/node-machine.ts")
      return new NodeMachine()
    },
    simulator: async () => simulator(config),
    models: kept(async () => {
      const { LocalModels } = await import("../adapters/model-service/local-process/local-models.ts")
      const { clock, log, self, process } = shell
      const opened = { unpacker: await tarUnpacker(), objects: await objects.get() }
      return new LocalModels({ stateFolder, clock, log, self, process, env: environment, ...opened })
    }).get,
    schedules: schedules.get,
    scheduler: async () => {
      const { childProcesses } = await import("../adapters/process/child-processes.ts")
      return { memory: await schedules.get(), processes: childProcesses }
    },
    endpoints: kept(async () => {
      const { LocalEndpoints } = await import("../adapters/endpoint-service/local-process/local-endpoints.ts")
      const { clock, log, self, process } = shell
      return new LocalEndpoints({ stateFolder, clock, log, self, process, env: environment })
    }).get,
    unpacker: tarUnpacker,
    catalog: catalogs(shell),
    logs: kept(async () => {
      const { LocalFileLogs } = await import("../adapters/job-logs/local-files/local-file-logs.ts")
      return new LocalFileLogs({ stateFolder, clock: shell.clock })
    }).get,
    async close() {
      await table.drop((opened) => opened.close())
      for (const client of clients.splice(0)) client.destroy()
    },
  }
}

/** What a process of ours on local must find in its environment: where table and state are. */
export function workerEnvironment({ table, stateFolder, on, home = null }: Composed, shell: Shell): Shell["env"] {
  const region = home === null ? {} : { REGATTA_HOME_REGION: home }
  return { ...shell.env, ...region, REGATTA_TABLE: table, REGATTA_HOME: stateFolder, REGATTA_ON: on }
}

export async function openObjects(stateFolder: string): Promise<ObjectStore> {
  const { FolderStore } = await import("../adapters/object-store/folder/folder-store.ts")
  return new FolderStore(stateFolder)
}
