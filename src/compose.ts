// Names the adapters of each platform and makes them at first use; the only file that does.
// Decides nothing about rows, and reads no file and no environment that its callers did not hand in.
import { ByRegion, clientOptions } from "./adapters/aws/client-options.ts"
import { DiskFileSystem } from "./adapters/file-system/disk/disk-file-system.ts"
import { childSettings } from "./core/config/child-settings.ts"
import type { ServiceId } from "./core/config/world-file.ts"
import { AWS_TIMING, LOCAL_TIMING, scaledTiming, type Timing } from "./core/decision/policy.ts"
import { RegattaError } from "./core/errors.ts"
import type { RunId } from "./core/ids.ts"
import type { Grantee, IamAction } from "./core/policy/iam-action.ts"
import type { ArrayRecord } from "./core/run/run.ts"
import type { AccountPorts } from "./ports/account-ports.ts"
import type { ArtifactUnpacker } from "./ports/artifact-unpacker.ts"
import type { JobLogs } from "./ports/job-logs.ts"
import type { ModelService } from "./ports/model-service.ts"
import type { ObjectStore } from "./ports/object-store.ts"
import type { Compose, Composed, Ports } from "./ports/ports.ts"
import type { RunTable } from "./ports/run-table.ts"
import type { Simulator } from "./ports/simulator.ts"
import type { TrainingService } from "./ports/training-service.ts"
import type { Shell } from "./ports/world.ts"
import type { SimulatedSite, SiteOptions } from "./simulation/simulated-site.ts"

export function compose(config: Composed, shell: Shell): Ports {
  switch (config.on) {
    case "local":
      return local(config, shell)
    case "aws":
      return aws(config, shell)
    case "simulated":
      throw new RegattaError("unsupported", 'the platform "simulated" is not built yet', { hint: "use --on local" })
    default:
      return config.on satisfies never
  }
}

/** A home region, which every part of `aws` but the preview of a request needs. */
function requiredHome({ home = null }: Composed): string {
  if (home !== null) return home
  throw new RegattaError("usage", "the home region is not known: where table, pinned rows and queue are", {
    hint: "set home in regatta.yaml, for example home: us-east-1",
  })
}

function aws(config: Composed, shell: Shell): Ports {
  const caller = kept(async () => {
    const home = requiredHome(config)
    const { STSClient } = await import("@aws-sdk/client-sts")
    const { stsCaller } = await import("./adapters/caller/sts/sts-caller.ts")
    return stsCaller(new STSClient(clientOptions(home)), home)
  })
  const queue = kept(() => batchQueue(config, shell, caller.get))
  const clients: { destroy(): void }[] = []
  const training = kept(() => openSageMaker(shell, clients))
  const timing = awsTiming(shell.env)
  const made = kept(() => makeTable(config, shell, timing))
  const table = kept(async () => opened(await made.get()))
  const objects = kept(async () => openS3(config, shell, clients, await accountOf(config, caller.get)))
  return {
    files: new DiskFileSystem(shell.env["PATH"]),
    timing,
    table: table.get,
    existingTable: async () => ((await (await made.get()).exists?.()) === false ? null : table.get()),
    objects: objects.get,
    training: training.get,
    preview: async () => {
      const { SageMakerPreview } = await import("./adapters/training-service/sagemaker/sagemaker-preview.ts")
      const { account = null, prefix = "rg", codeLocation = null } = config
      return new SageMakerPreview({ account, prefix, codeLocation })
    },
    caller: caller.get,
    account: accountPorts(config, shell, { caller: caller.get, buckets: objects.get }),
    actions: awsActions,
    simulator: async () => simulator(config),
    queue: queue.get,
    models: kept(() => openModels(shell, clients)).get,
    unpacker: tarUnpacker,
    logs: kept(async () => openCloudWatch(shell, clients, await training.get())).get,
    async close() {
      await table.drop(async () => {})
      await made.drop((last) => last.close())
      await queue.drop(async (opened) => opened.close())
      for (const client of clients.splice(0)) client.destroy()
    },
  }
}

async function batchQueue(config: Composed, shell: Shell, caller: Ports["caller"]) {
  const home = requiredHome(config)
  const { BatchClient } = await import("@aws-sdk/client-batch")
  const { BatchArrayQueue } = await import("./adapters/array-queue/aws-batch/batch-array-queue.ts")
  const { table, prefix = "rg", batch, codeLocation } = config
  const code = codeLocation == null ? {} : { codeLocation }
  return new BatchArrayQueue({
    clients: new ByRegion((region) => new BatchClient(clientOptions(region))),
    submitters: new ByRegion((region) => new BatchClient(clientOptions(region, 1))),
    settings: batch ?? {},
    prefix,
    home,
    environment: async () => childSettings({ table, prefix, home, account: await accountOf(config, caller), ...code }),
    timing: awsTiming(shell.env),
    world: shell,
  })
}

async function accountOf({ account = null }: Composed, caller: Ports["caller"]): Promise<string> {
  return account ?? (await caller()).account
}

async function openS3(config: Composed, shell: Shell, clients: { destroy(): void }[], account: string) {
  const { env, clock } = shell
  const { S3Client } = await import("@aws-sdk/client-s3")
  const { S3Store } = await import("./adapters/object-store/s3/s3-store.ts")
  // A server at an address of one's own has no name for each bucket.
  const forcePathStyle = (env["AWS_ENDPOINT_URL_S3"] ?? env["AWS_ENDPOINT_URL"] ?? "") !== ""
  const byRegion = new ByRegion((region) => new S3Client({ ...clientOptions(region), forcePathStyle }))
  clients.push(byRegion)
  const { prefix = "rg", codeLocation = null } = config
  const createBuckets = mayMake(shell)
  return new S3Store({
    clients: byRegion,
    account,
    prefix,
    codeLocation,
    createBuckets,
    home: requiredHome(config),
    clock,
  })
}

async function openSageMaker(world: Shell, clients: { destroy(): void }[]): Promise<TrainingService> {
  const { SageMakerClient } = await import("@aws-sdk/client-sagemaker")
  const { SageMakerTraining } = await import("./adapters/training-service/sagemaker/sagemaker-training.ts")
  const creating = new ByRegion((region) => new SageMakerClient(clientOptions(region, 1)))
  const asking = new ByRegion((region) => new SageMakerClient(clientOptions(region)))
  clients.push(creating, asking)
  return new SageMakerTraining({ creating, asking, world, settle: awsTiming(world.env).settle })
}

async function openModels({ clock }: Shell, clients: { destroy(): void }[]): Promise<ModelService> {
  const { SageMakerClient } = await import("@aws-sdk/client-sagemaker")
  const { SageMakerModels } = await import("./adapters/model-service/sagemaker/sagemaker-models.ts")
  const byRegion = new ByRegion((region) => new SageMakerClient(clientOptions(region)))
  clients.push(byRegion)
  return new SageMakerModels({ clients: byRegion, clock })
}

async function openCloudWatch(
  { clock, env }: Shell,
  clients: { destroy(): void }[],
  training: TrainingService,
): Promise<JobLogs> {
  const { CloudWatchLogsClient } = await import("@aws-sdk/client-cloudwatch-logs")
  const { CloudWatchJobLogs } = await import("./adapters/job-logs/cloudwatch/cloudwatch-job-logs.ts")
  const byRegion = new ByRegion((region) => new CloudWatchLogsClient(clientOptions(region)))
  clients.push(byRegion)
  const describe: TrainingService["describe"] = (run, attempt) => training.describe(run, attempt)
  return new CloudWatchJobLogs({ clients: byRegion, describe, clock, timing: awsTiming(env) })
}

/** A simulated account with its central table, and how the ports of the processes on it are made. */
export interface Simulation {
  readonly site: SimulatedSite
  /** As it is, without faults: for whoever looks at the outcome. */
  readonly table: RunTable
  readonly compose: Compose
}

/**
 * The platform `simulated`: the adapters of aws themselves over modelled services, and a table in memory with faults, on a
 * virtual clock. Adapters are read here, once: what a simulated process awaits must wait for the virtual clock alone.
 */
export async function openSimulation(options: Omit<SiteOptions, "table">, timing: Timing): Promise<Simulation> {
  const [{ S3Store }, { SageMakerTraining }, { BatchArrayQueue }, { CloudWatchJobLogs }, { MemoryRunTable }] =
    await Promise.all([
      import("./adapters/object-store/s3/s3-store.ts"),
      import("./adapters/training-service/sagemaker/sagemaker-training.ts"),
      import("./adapters/array-queue/aws-batch/batch-array-queue.ts"),
      import("./adapters/job-logs/cloudwatch/cloudwatch-job-logs.ts"),
      import("./adapters/run-table/memory/memory-run-table.ts"),
    ])
  const { SimulatedSite } = await import("./simulation/simulated-site.ts")
  const { ModelledClient } = await import("./simulation/modelled-client.ts")
  const { simulatedTable } = await import("./simulation/simulated-table.ts")
  const table = new MemoryRunTable({ retryAfter: timing.backOff })
  const site = new SimulatedSite({ ...options, table })
  const compose = (config: Composed, shell: Shell): Ports => {
    const process = site.process(shell.process)
    const clients = <Client extends { destroy(): void }>(service: ServiceId, tries: number) =>
      new ByRegion((region) => {
        const client: { destroy(): void } = new ModelledClient(process, site.network, { service, region, tries })
        return client as Client
      })
    const home = requiredHome(config)
    const { account = null, prefix = "rg", codeLocation = null, batch } = config
    const known = account ?? site.account.world.account
    const training = once(
      () =>
        new SageMakerTraining({
          creating: clients("sagemaker", 1),
          asking: clients("sagemaker", TRIES),
          world: shell,
          settle: timing.settle,
        }),
    )
    const shared = once(() => simulatedTable(process, table, site.tableFaults))
    return {
      files: new DiskFileSystem(undefined),
      timing,
      table: shared,
      objects: once(
        () =>
          new S3Store({
            clients: clients("s3", TRIES),
            account: known,
            prefix,
            codeLocation,
            createBuckets: shell.env["AWS_BATCH_JOB_ID"] === undefined,
            home,
            clock: shell.clock,
          }),
      ),
      training,
      queue: once(
        () =>
          new BatchArrayQueue({
            clients: clients("batch", TRIES),
            submitters: clients("batch", 1),
            settings: batch ?? {},
            prefix,
            home,
            environment: async () => childSettings({ table: config.table, prefix, home, account: known }),
            timing,
            world: shell,
          }),
      ),
      logs: once(
        () =>
          new CloudWatchJobLogs({
            clients: clients("logs", TRIES),
            describe: async (run, attempt) => (await training()).describe(run, attempt),
            clock: shell.clock,
            timing,
          }),
      ),
      preview: async () => {
        throw new RegattaError("unsupported", "a simulated process previews no request")
      },
      caller: async () => ({ account: known, name: shell.user }),
      unpacker: tarUnpacker,
      close: async () => {},
    }
  }
  return { site, table, compose }
}

/** Rehearses on the platform `simulated` with the timing of aws. */
function simulator(config: Composed): Simulator {
  return {
    async open(settings) {
      const [{ siteOfStage }, { RehearsalStage }] = await Promise.all([
        import("./simulation/open-stage.ts"),
        import("./simulation/rehearsal-stage.ts"),
      ])
      const { site, table, compose: composeOn } = await openSimulation(siteOfStage(settings, AWS_TIMING), AWS_TIMING)
      const { home } = settings
      const batch = { queue: "regatta", image: "worker", job_role: "worker", execution_role: "worker" }
      const simulated = { ...config, on: "simulated", table: "memory", home, batch } as const
      return new RehearsalStage({ site, table, portsOf: (shell) => composeOn(simulated, shell) })
    },
  }
}

/** As `clientOptions` has it. */
const TRIES = 10

/** Made at the first call, at once: nothing is waited for. */
function once<T>(make: () => T): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => {
    made ??= Promise.resolve(make())
    return made
  }
}

/** What all adapters of aws may ask for, as each lists it. */
async function awsActions(): Promise<readonly IamAction[]> {
  const [{ SAGEMAKER_ACTIONS }, { S3_ACTIONS }, { BATCH_ACTIONS }, { TABLE_ACTIONS }, { CLOUDWATCH_ACTIONS }] =
    await Promise.all([
      import("./adapters/training-service/sagemaker/actions.ts"),
      import("./adapters/object-store/s3/actions.ts"),
      import("./adapters/array-queue/aws-batch/actions.ts"),
      import("./adapters/run-table/dynamodb/actions.ts"),
      import("./adapters/job-logs/cloudwatch/actions.ts"),
    ])
  const { MODEL_ACTIONS } = await import("./adapters/model-service/sagemaker/actions.ts")
  const [{ QUOTA_ACTIONS }, { PRICE_ACTIONS }, { IMAGE_ACTIONS }, { ROLE_ACTIONS }] = await Promise.all([
    import("./adapters/quota-book/service-quotas/actions.ts"),
    import("./adapters/price-book/price-list/actions.ts"),
    import("./adapters/image-registry/ecr/actions.ts"),
    import("./adapters/role-book/iam/actions.ts"),
  ])
  const onTable = (action: string, by: Grantee) =>
    ({ action, resource: "table", usedBy: [by], why: "keeps the truth of every row" }) as const
  return [
    ...SAGEMAKER_ACTIONS,
    ...MODEL_ACTIONS,
    ...S3_ACTIONS,
    ...TABLE_ACTIONS.worker.map((action) => onTable(action, "worker")),
    ...TABLE_ACTIONS.command.map((action) => onTable(action, "command")),
    ...BATCH_ACTIONS,
    ...CLOUDWATCH_ACTIONS,
    ...QUOTA_ACTIONS,
    ...PRICE_ACTIONS,
    ...IMAGE_ACTIONS,
    ...ROLE_ACTIONS,
  ]
}

/** What `plan` and `doctor` ask of an account; each client is made at its first use, one per region. */
function accountPorts(config: Composed, shell: Shell, given: Pick<AccountPorts, "caller" | "buckets">): AccountPorts {
  return {
    ...given,
    regions: kept(async () => {
      const { STSClient } = await import("@aws-sdk/client-sts")
      const { StsRegionBook } = await import("./adapters/region-book/sts/sts-region-book.ts")
      return new StsRegionBook(
        perRegion((region) => new STSClient(clientOptions(region, LOOK_TRIES))),
        shell.clock,
      )
    }).get,
    quotas: kept(async () => {
      const { ServiceQuotasClient } = await import("@aws-sdk/client-service-quotas")
      const { ServiceQuotaBook } = await import("./adapters/quota-book/service-quotas/service-quota-book.ts")
      return new ServiceQuotaBook(perRegion((region) => new ServiceQuotasClient(clientOptions(region, LOOK_TRIES))))
    }).get,
    prices: kept(async () => {
      const { PricingClient } = await import("@aws-sdk/client-pricing")
      const { PriceListBook } = await import("./adapters/price-book/price-list/price-list-book.ts")
      const { PriceCache } = await import("./adapters/price-book/price-list/price-cache.ts")
      const files = isAwsItself(shell.env) ? new DiskFileSystem(shell.env["PATH"]) : NOTHING_KEPT
      const cache = new PriceCache(files, `${config.stateFolder}/prices.json`, () => shell.clock.now())
      return new PriceListBook(
        perRegion((region) => new PricingClient(clientOptions(region, LOOK_TRIES))),
        cache,
      )
    }).get,
    images: kept(async () => {
      const { ECRClient } = await import("@aws-sdk/client-ecr")
      const { EcrImageRegistry } = await import("./adapters/image-registry/ecr/ecr-image-registry.ts")
      return new EcrImageRegistry(perRegion((region) => new ECRClient(clientOptions(region, LOOK_TRIES))))
    }).get,
    roles: kept(async () => {
      const { IAMClient } = await import("@aws-sdk/client-iam")
      const { IamRoleBook } = await import("./adapters/role-book/iam/iam-role-book.ts")
      return new IamRoleBook(new IAMClient(clientOptions(requiredHome(config), LOOK_TRIES)))
    }).get,
    queueCheck: kept(async () => {
      const { BatchClient } = await import("@aws-sdk/client-batch")
      const { BatchQueueCheck } = await import("./adapters/queue-check/aws-batch/batch-queue-check.ts")
      const client = perRegion((region) => new BatchClient(clientOptions(region, LOOK_TRIES)))
      return new BatchQueueCheck({ home: requiredHome(config), batch: config.batch ?? null, client })
    }).get,
  }
}

/** Prices of an emulator must not be taken for AWS's the next day. */
function isAwsItself(env: Shell["env"]): boolean {
  return (env["AWS_ENDPOINT_URL"] ?? "") === "" && (env["AWS_ENDPOINT_URL_PRICING"] ?? "") === ""
}

const NOTHING_KEPT = { readText: async () => null, write: async () => {} }

/** A question that only informs is not worth ten tries: a person waits for it. */
const LOOK_TRIES = 4

function perRegion<Client extends { destroy(): void }>(make: (region: string) => Client): (region: string) => Client {
  const clients = new ByRegion(make)
  return (region) => clients.in(region)
}

/** An emulator's time may run faster than AWS's; AWS's own must not be hurried: the waits are what keeps launches single. */
function awsTiming(env: Shell["env"]): Timing {
  const given = env["REGATTA_TIME_SCALE"] ?? ""
  if (given === "") return AWS_TIMING
  const factor = Number(given)
  if (!(factor > 0 && factor <= 1))
    throw new RegattaError("usage", `REGATTA_TIME_SCALE: expected a number above 0 and at most 1, got "${given}"`)
  if (!isLoopback(env["AWS_ENDPOINT_URL"] ?? ""))
    throw new RegattaError(
      "usage",
      "REGATTA_TIME_SCALE is for an emulator on this machine: AWS_ENDPOINT_URL is not one",
    )
  return scaledTiming(AWS_TIMING, factor)
}

function isLoopback(url: string): boolean {
  return /^https?:\/\/(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?::\d+)?(?:\/|$)/.test(url)
}

async function tarUnpacker(): Promise<ArtifactUnpacker> {
  const { TarUnpacker } = await import("./adapters/artifact-unpacker/tar/tar-unpacker.ts")
  return new TarUnpacker()
}

function local(config: Composed, shell: Shell): Ports {
  const { stateFolder } = config
  const environment = workerEnvironment(config, shell)
  const table = kept(() => openTable(config, shell, LOCAL_TIMING))
  const training = kept(async () => {
    const { LocalProcessTraining } = await import("./adapters/training-service/local-process/local-process-training.ts")
    const { clock, log, self, process } = shell
    return new LocalProcessTraining({ stateFolder, clock, log, self, process, env: environment })
  })
  return {
    files: new DiskFileSystem(shell.env["PATH"]),
    timing: LOCAL_TIMING,
    table: table.get,
    objects: kept(() => openObjects(stateFolder)).get,
    training: training.get,
    preview: training.get,
    queue: kept(async () => {
      const { LocalArrayQueue } = await import("./adapters/array-queue/local/local-array-queue.ts")
      return new LocalArrayQueue({ stateFolder, table: await table.get(), self: shell.self, environment })
    }).get,
    caller: async () => ({ account: config.account ?? "000000000000", name: shell.user }),
    machine: async () => {
      const { NodeMachine } = await import("./adapters/machine/node/node-machine.ts")
      return new NodeMachine()
    },
    simulator: async () => simulator(config),
    unpacker: tarUnpacker,
    logs: kept(async () => {
      const { LocalFileLogs } = await import("./adapters/job-logs/local-files/local-file-logs.ts")
      return new LocalFileLogs({ stateFolder, clock: shell.clock })
    }).get,
    close: () => table.drop((opened) => opened.close()),
  }
}

/** Opened, by the form of its name: `sqlite:<path>`, `postgres://…` or `dynamodb:<name>`. */
async function openTable(config: Composed, shell: Shell, timing: Timing): Promise<RunTable> {
  return opened(await makeTable(config, shell, timing))
}

async function opened(table: RunTable): Promise<RunTable> {
  await table.open()
  return table
}

/** `exists`: of tables that `open` would make. */
type MadeTable = RunTable & { exists?(): Promise<boolean> }

async function makeTable(config: Composed, shell: Shell, timing: Timing): Promise<MadeTable> {
  const { clock, env } = shell
  const options = { clock, random: () => shell.random(), retryAfter: timing.backOff }
  const [, scheme = "", rest = ""] = /^([a-z]+):(.*)$/.exec(config.table) ?? []
  switch (scheme) {
    case "sqlite": {
      const { SqliteRunTable } = await import("./adapters/run-table/sqlite/sqlite-run-table.ts")
      return new SqliteRunTable({ ...options, path: rest })
    }
    case "postgres":
    case "postgresql": {
      const { PostgresRunTable } = await import("./adapters/run-table/postgres/postgres-run-table.ts")
      return new PostgresRunTable({ ...options, url: config.table, password: env["PGPASSWORD"] })
    }
    case "dynamodb": {
      // Processes of ours on local know only what their environment says (workerEnvironment).
      const region = requiredHome({ ...config, home: config.home ?? env["REGATTA_HOME_REGION"] ?? null })
      const { DynamoDBClient } = await import("@aws-sdk/client-dynamodb")
      const { DynamoDbRunTable } = await import("./adapters/run-table/dynamodb/dynamodb-run-table.ts")
      const client = new DynamoDBClient(clientOptions(region))
      return new DynamoDbRunTable({ ...options, client, table: rest, region, creates: mayMake(shell) })
    }
    default:
      throw new RegattaError("usage", `the central table "${config.table}" is of no kind that is known`, {
        hint: "sqlite:<path>, postgres://user@host/database or dynamodb:<name>",
      })
  }
}

/**
 * Whether table and buckets that are missing may be made. A worker, and whatever runs in a job of the queue, finds all made when
 * its run was submitted; only where nobody submitted one (`S3_ARRAY_FILE` alone) a worker is the first that comes.
 */
function mayMake({ argv, env }: Shell): boolean {
  const isSet = (name: string) => (env[name] ?? "") !== ""
  if (isSet("S3_ARRAY_FILE") && !isSet("REGATTA_RUN")) return true
  return argv[0] !== "worker" && !isSet("AWS_BATCH_JOB_ID")
}

async function openObjects(stateFolder: string): Promise<ObjectStore> {
  const { FolderStore } = await import("./adapters/object-store/folder/folder-store.ts")
  return new FolderStore(stateFolder)
}

/** What a process of ours on local must find in its environment: where table and state are. */
function workerEnvironment({ table, stateFolder, on, home = null }: Composed, shell: Shell): Shell["env"] {
  const region = home === null ? {} : { REGATTA_HOME_REGION: home }
  return { ...shell.env, ...region, REGATTA_TABLE: table, REGATTA_HOME: stateFolder, REGATTA_ON: on }
}

/** Regions of an array's children, in order; the face that starts the process hands it in. */
export type ChildRegions = (
  ports: { readonly table: RunTable; readonly objects: ObjectStore },
  run: RunId,
  array: Pick<ArrayRecord, "first" | "size">,
) => AsyncIterable<string>

/** The processes that stand behind adapters, by the name they are started with; null: no such process. */
export function backgroundProcess(name: string): ((shell: Shell, regions: ChildRegions) => Promise<number>) | null {
  if (name === "local-supervisor") return supervise
  if (name === "local-array") return carry
  if (name === "local-algorithm") return standIn
  return null
}

async function supervise(shell: Shell): Promise<number> {
  const { superviseJob } = await import("./adapters/training-service/local-process/supervisor.ts")
  return superviseJob(folderOf(shell), shell)
}

async function standIn(shell: Shell): Promise<number> {
  const { runStandIn } = await import("./adapters/training-service/local-process/stand-ins/run-stand-in.ts")
  return runStandIn(shell.argv[1] ?? "", shell)
}

async function carry(shell: Shell, regions: ChildRegions): Promise<number> {
  const config = composedOf(shell.env)
  const { carryArray } = await import("./adapters/array-queue/local/carry-array.ts")
  const table = await openTable(config, shell, LOCAL_TIMING)
  try {
    return await carryArray(folderOf(shell), {
      table,
      world: shell,
      timing: LOCAL_TIMING,
      self: shell.self,
      process: shell.process,
      environment: workerEnvironment(config, shell),
      terminated: shell.terminated,
      async *regions(run, array) {
        yield* regions({ table, objects: await openObjects(config.stateFolder) }, run, array)
      },
    })
  } finally {
    await table.close()
  }
}

/** The way back from `workerEnvironment`. */
function composedOf(env: Shell["env"]): Composed {
  const table = env["REGATTA_TABLE"]
  const stateFolder = env["REGATTA_HOME"]
  if (table !== undefined && stateFolder !== undefined) return { on: "local", table, stateFolder }
  throw new RegattaError(
    "usage",
    "REGATTA_TABLE and REGATTA_HOME are not set: this process is started by regatta itself",
  )
}

function folderOf(shell: Shell): string {
  const folder = shell.argv[1]
  if (folder === undefined)
    throw new RegattaError("usage", `${shell.argv[0]} is started by regatta itself, with a folder`)
  return folder
}

/** What the emulator uses of this machine: files of its world, what starts the children of a queue, and what trains. */
export async function emulatorPorts(shell: Shell) {
  const { childProcesses } = await import("./adapters/process/child-processes.ts")
  const { LocalProcessTraining } = await import("./adapters/training-service/local-process/local-process-training.ts")
  const { LocalFileLogs } = await import("./adapters/job-logs/local-files/local-file-logs.ts")
  const { clock, log, self, process } = shell
  return {
    files: new DiskFileSystem(shell.env["PATH"]),
    processes: childProcesses,
    openTraining: (env: Readonly<Record<string, string>>) => (stateFolder: string) => ({
      training: new LocalProcessTraining({ stateFolder, clock, log, self, process, env }),
      logs: new LocalFileLogs({ stateFolder, clock }),
    }),
  }
}

interface Kept<T> {
  readonly get: () => Promise<T>
  readonly drop: (end: (value: T) => Promise<void>) => Promise<void>
}

/** Made at the first call and kept; a failure is forgotten, so that the next call tries again. */
function kept<T>(make: () => Promise<T>): Kept<T> {
  let value: Promise<T> | null = null
  const forget = () => {
    value = null
  }
  return {
    get() {
      if (value === null) {
        value = make()
        value.catch(forget)
      }
      return value
    },
    async drop(end) {
      const last = value
      forget()
      if (last !== null) await end(await last)
    },
  }
}
