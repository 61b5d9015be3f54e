import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { join } from "node:path"
import { sentHyperparameters } from "../../../core/job/sent-hyperparameters.ts"
import { isLinux } from "../../process/identity.ts"
import type { JobPaths } from "../../process/job-folder.ts"
import { type Binding, OPT_ML, rewriteHyperparameters } from "../../process/opt-ml.ts"
import { type Container, hostNames } from "./contract/container.ts"
import type { JobDescription } from "./job-description.ts"
import type { JobProgress } from "./progress.ts"
import { HostLog } from "./run/host-log.ts"

/** Every host of a job is this machine: what is to be reached by name is reached over loopback. */
const NETWORK_INTERFACE = "lo"
const NO_ACCOUNT = "000000000000"

/** One host of a training job. */
export interface JobHost {
  readonly name: string
  /** What the trainer knows as `/opt/ml`. */
  readonly folder: string
  readonly container: Container
  readonly log: HostLog
}

/** The job's hosts, leader first, with their logs open. */
export function openHosts(
  paths: JobPaths,
  description: JobDescription,
  binding: Binding,
  progress: JobProgress,
  now: () => number,
): readonly JobHost[] {
  const hosts = hostNames(description.place.instances)
  const gpus = countGpus()
  return hosts.map((name) => {
    const folder = join(paths.hosts, name)
    const root = binding.mode === "none" ? folder : OPT_ML
    const at = (suffix: string) => join(paths.logs, `${name}.${suffix}`)
    const log = new HostLog({
      file: at("log"),
      times: at("times"),
      scan: progress.scan,
      now,
      onMetric: () => progress.metricsChanged(),
    })
    return { name, folder, container: containerOf(description, hosts, name, root, gpus), log }
  })
}

function containerOf(
  description: JobDescription,
  hosts: Container["hosts"],
  currentHost: string,
  root: string,
  gpus: number,
): Container {
  const { spec, place, jobName } = description
  const sent = sentHyperparameters(spec, { jobName, instanceType: place.instanceType, modelDir: `${OPT_ML}/model` })
  return {
    jobName,
    jobArn: `arn:aws:sagemaker:${place.region}:${NO_ACCOUNT}:training-job/${jobName}`,
    hosts,
    currentHost,
    instanceType: place.instanceType,
    networkInterface: NETWORK_INTERFACE,
    hyperparameters: root === OPT_ML ? sent : rewriteHyperparameters(sent, root),
    channels: spec.channels,
    distributionHosts: spec.distribution.kind === "none" ? [] : hosts,
    cpus: cpus().length,
    gpus,
    root,
  }
}

/** /etc/hosts as the trainers see it: the machine's own, and the names of the job's hosts. */
export function writeHostsFile(paths: JobPaths, hosts: readonly JobHost[]): string {
  const file = join(paths.folder, "etc-hosts")
  const names = hosts.map(({ name }) => name).join(" ")
  writeFileSync(file, `${readFileSync("/etc/hosts", "utf8").trimEnd()}\n127.0.0.1 ${names}\n`)
  return file
}

/** NVIDIA's devices, counted without a process. */
function countGpus(): number {
  if (!isLinux) return 0
  return readdirSync("/dev").filter((name) => /^nvidia\d+$/.test(name)).length
}
