import { ByRegion, COPY_SILENCE_MS, clientOptions } from "../adapters/aws/client-options.ts"
import { DiskFileSystem } from "../adapters/file-system/disk/disk-file-system.ts"
import { ObjectFiles } from "../adapters/file-system/objects/object-files.ts"
import { childSettings } from "../core/config/child-settings.ts"
import type { JobLogs } from "../ports/job-logs.ts"
import type { ModelService } from "../ports/model-service.ts"
import type { Composed, Ports } from "../ports/ports.ts"
import type { TrainingService } from "../ports/training-service.ts"
import type { Shell } from "../ports/world.ts"
import { accountPorts } from "./aws-account.ts"
import { awsActions } from "./aws-actions.ts"
import { openEndpoints } from "./aws-endpoints.ts"
import { awsEvents } from "./aws-events.ts"
import { awsTiming } from "./aws-timing.ts"
import { catalogs } from "./catalogs.ts"
import { kept, requiredHome } from "./kept.ts"
import { openNotices } from "./notices.ts"
import { openSchedules } from "./schedules.ts"
import { simulator } from "./simulated.ts"
import { makeTable, mayMake, opened } from "./tables.ts"
import { tarUnpacker } from "./unpacker.ts"

export function aws(config: Composed, shell: Shell): Ports {
  const caller = kept(async () => {
    const home = requiredHome(config)
    const { STSClient } = await import("@aws-sdk/client-sts")
    const { stsCaller } = await import("../adapters/caller/sts/sts-caller.ts")
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
    files: new ObjectFiles(new DiskFileSystem(shell.env["PATH"]), objects.get, config.home ?? ""),
    timing,
    table: table.get,
    existingTable: async () => ((await (await made.get()).exists?.()) === false ? null : table.get()),
    objects: objects.get,
    training: training.get,
    preview: async () => {
      const { SageMakerPreview } = await import("../adapters/training-service/sagemaker/sagemaker-preview.ts")
      const { account = null, prefix = "rg", codeLocation = null } = config
      return new SageMakerPreview({ account, prefix, codeLocation })
    },
    caller: caller.get,
    account: accountPorts(config, shell, { caller: caller.get, buckets: objects.get }),
    actions: awsActions,
    simulator: async () => simulator(config),
    schedules: kept(() => openSchedules(config, shell, clients, () => accountOf(config, caller.get))).get,
    queue: queue.get,
    notices: kept(() => openNotices(shell, clients)).get,
    models: kept(() => openModels(shell, clients)).get,
    endpoints: kept(() => openEndpoints(shell, clients)).get,
    unpacker: tarUnpacker,
    catalog: catalogs(shell),
    logs: kept(async () => openCloudWatch(shell, clients, await training.get())).get,
    ...awsEvents(config, shell, clients),
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
  const { BatchArrayQueue } = await import("../adapters/array-queue/aws-batch/batch-array-queue.ts")
  const { table, prefix = "rg", batch, codeLocation, eventQueue } = config
  const code = codeLocation == null ? {} : { codeLocation }
  const events = eventQueue === undefined ? {} : { eventQueue }
  return new BatchArrayQueue({
    clients: new ByRegion((region) => new BatchClient(clientOptions(region))),
    submitters: new ByRegion((region) => new BatchClient(clientOptions(region, 1))),
    settings: batch ?? {},
    prefix,
    home,
    environment: async () =>
      childSettings({ table, prefix, home, account: await accountOf(config, caller), ...code, ...events }),
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
  const { S3Store } = await import("../adapters/object-store/s3/s3-store.ts")
  // A server at an address of one's own has no name for each bucket.
  const forcePathStyle = (env["AWS_ENDPOINT_URL_S3"] ?? env["AWS_ENDPOINT_URL"] ?? "") !== ""
  const byRegion = new ByRegion((region) => new S3Client({ ...clientOptions(region), forcePathStyle }))
  const copying = new ByRegion(
    (region) => new S3Client({ ...clientOptions(region, 10, COPY_SILENCE_MS), forcePathStyle }),
  )
  clients.push(byRegion, copying)
  const { prefix = "rg", codeLocation = null } = config
  const createBuckets = mayMake(shell)
  return new S3Store({
    clients: byRegion,
    copying,
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
  const { SageMakerTraining } = await import("../adapters/training-service/sagemaker/sagemaker-training.ts")
  const creating = new ByRegion((region) => new SageMakerClient(clientOptions(region, 1)))
  const asking = new ByRegion((region) => new SageMakerClient(clientOptions(region)))
  clients.push(creating, asking)
  return new SageMakerTraining({ creating, asking, world, settle: awsTiming(world.env).settle })
}

async function openModels({ clock }: Shell, clients: { destroy(): void }[]): Promise<ModelService> {
  const { SageMakerClient } = await import("@aws-sdk/client-sagemaker")
  const { SageMakerModels } = await import("../adapters/model-service/sagemaker/sagemaker-models.ts")
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
  const { CloudWatchJobLogs } = await import("../adapters/job-logs/cloudwatch/cloudwatch-job-logs.ts")
  const byRegion = new ByRegion((region) => new CloudWatchLogsClient(clientOptions(region)))
  clients.push(byRegion)
  const describe: TrainingService["describe"] = (run, attempt) => training.describe(run, attempt)
  return new CloudWatchJobLogs({ clients: byRegion, describe, clock, timing: awsTiming(env) })
}
