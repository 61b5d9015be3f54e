import type { SQSClient } from "@aws-sdk/client-sqs"
import { ByRegion } from "../adapters/aws/client-options.ts"
import { DiskFileSystem } from "../adapters/file-system/disk/disk-file-system.ts"
import { childSettings } from "../core/config/child-settings.ts"
import type { ServiceId } from "../core/config/world-file.ts"
import { AWS_TIMING, type Timing } from "../core/decision/policy.ts"
import { RegattaError } from "../core/errors.ts"
import type { Compose, Composed, Ports } from "../ports/ports.ts"
import type { RunTable } from "../ports/run-table.ts"
import type { Simulator } from "../ports/simulator.ts"
import type { Shell } from "../ports/world.ts"
import type { SimulatedSite, SiteOptions } from "../simulation/simulated-site.ts"
import { once, requiredHome } from "./kept.ts"
import { simulatedEvents, withEvents } from "./simulated-events.ts"
import { tarUnpacker } from "./unpacker.ts"

/** A simulated account with its central table, and how the ports of the processes on it are made. */
export interface Simulation {
  readonly site: SimulatedSite
  /** As it is, without faults: for whoever looks at the outcome. */
  readonly table: RunTable
  readonly compose: Compose
}

/**
 * The platform `simulated`: the adapters of aws themselves over modelled services, and a table in memory with faults, or in
 * modelled DynamoDB, on a virtual clock. Adapters are read here, once: what a simulated process awaits must wait for the virtual clock alone.
 */
export async function openSimulation(
  options: Omit<SiteOptions, "table" | "tableService">,
  timing: Timing,
  tableIn: "memory" | "dynamodb" = "memory",
): Promise<Simulation> {
  const [{ S3Store }, { SageMakerTraining }, { BatchArrayQueue }, { CloudWatchJobLogs }, { MemoryRunTable }] =
    await Promise.all([
      import("../adapters/object-store/s3/s3-store.ts"),
      import("../adapters/training-service/sagemaker/sagemaker-training.ts"),
      import("../adapters/array-queue/aws-batch/batch-array-queue.ts"),
      import("../adapters/job-logs/cloudwatch/cloudwatch-job-logs.ts"),
      import("../adapters/run-table/memory/memory-run-table.ts"),
    ])
  const { VirtualClock } = await import("../simulation/virtual-clock.ts")
  const { SimulatedSite } = await import("../simulation/simulated-site.ts")
  const { ModelledClient } = await import("../simulation/modelled-client.ts")
  const { simulatedTable } = await import("../simulation/simulated-table.ts")
  const eventsOf = await simulatedEvents()
  const dynamoDb =
    tableIn === "dynamodb"
      ? await (await import("./simulated-dynamodb.ts")).simulatedDynamoDb(options.home, timing.backOff)
      : null
  const clock = new VirtualClock(options.startAt)
  const table = dynamoDb === null ? new MemoryRunTable({ retryAfter: timing.backOff }) : await dynamoDb.openTable(clock)
  const site = new SimulatedSite({
    ...options,
    clock,
    table,
    ...(dynamoDb === null ? {} : { tableService: dynamoDb.service }),
  })
  const compose = (config: Composed, shell: Shell): Ports => {
    const process = site.process(shell.process)
    const clients = <Client extends { destroy(): void }>(service: ServiceId, tries: number) =>
      new ByRegion((region) => {
        const client: { destroy(): void } = new ModelledClient(process, site.network, { service, region, tries })
        return client as Client
      })
    const home = requiredHome(config)
    const { account = null, prefix = "rg", codeLocation = null, batch, eventQueue } = config
    const events = eventQueue === undefined ? {} : { eventQueue }
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
    const shared = once(
      () => dynamoDb?.tableOf(process, site.network, shell) ?? simulatedTable(process, table, site.tableFaults),
    )
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
            environment: async () => childSettings({ table: config.table, prefix, home, account: known, ...events }),
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
      ...eventsOf(config, shell, (region) => clients<SQSClient>("sqs", TRIES).in(region)),
      caller: async () => ({ account: known, name: shell.user }),
      unpacker: tarUnpacker,
      close: async () => {},
    }
  }
  return { site, table, compose }
}

/** Rehearses on the platform `simulated` with the timing of aws. */
export function simulator(config: Composed): Simulator {
  return {
    async open(settings) {
      const [{ siteOfStage }, { RehearsalStage }] = await Promise.all([
        import("../simulation/open-stage.ts"),
        import("../simulation/rehearsal-stage.ts"),
      ])
      const world = withEvents(settings.world, config)
      const stage = siteOfStage({ ...settings, world }, AWS_TIMING)
      const { site, table, compose: composeOn } = await openSimulation(stage, AWS_TIMING)
      const { home } = settings
      const batch = { queue: "regatta", image: "worker", job_role: "worker", execution_role: "worker" }
      const simulated = { ...config, on: "simulated", table: "memory", home, batch } as const
      return new RehearsalStage({ site, table, portsOf: (shell) => composeOn(simulated, shell) })
    },
  }
}

/** As `clientOptions` has it. */
const TRIES = 10
