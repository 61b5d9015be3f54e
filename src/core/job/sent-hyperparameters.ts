import type { JobName } from "../ids.ts"
import type { JobSpec } from "./job-spec.ts"

/** SageMaker SDK's default: INFO. */
const LOG_LEVEL = 20

/** What of the training job, beside its spec, script mode's own hyperparameters tell the container. */
export interface ScriptJob {
  readonly jobName: JobName
  readonly instanceType: string
  /** Where TensorFlow scripts are told to write; null: the argument is not sent. */
  readonly modelDir: string | null
}

/**
 * Hyperparameters as they travel to the container, text by name. Script mode: a text that is JSON as it stands, any other
 * as a JSON string, and the `sagemaker_*` names that the container's toolkit reads. A built-in algorithm, a plain image, or an
 * image with a single script: the text itself, a JSON string unquoted, and true and false as Python writes them.
 */
export function sentHyperparameters(spec: JobSpec, job: ScriptJob): Readonly<Record<string, string>> {
  const own = Object.entries(spec.hyperparameters)
  if (spec.program === null) return Object.fromEntries(own.map(([name, text]) => [name, unquoted(text)]))
  const { archive, sourceDir } = spec.program
  // As the SageMaker SDK: beside an image of the user's, a script alone gets its own values as plain text.
  const isPlain = spec.trains.kind === "image" && sourceDir === null
  const isTensorFlow = spec.trains.kind === "framework" && spec.trains.name === "tensorflow"
  // As the SDK's `model_dir=False`: the script gets no such argument.
  const hasNoModelDir = isTensorFlow && spec.hyperparameters["model_dir"] === "false"
  const chosen = hasNoModelDir ? own.filter(([name]) => name !== "model_dir") : own
  return {
    ...(isTensorFlow && job.modelDir !== null && !hasNoModelDir ? { model_dir: JSON.stringify(job.modelDir) } : {}),
    ...Object.fromEntries(chosen.map(([name, text]) => [name, isPlain ? unquoted(text) : asJson(text)])),
    sagemaker_submit_directory: JSON.stringify(archive?.uri ?? (sourceDir?.startsWith("s3://") ? sourceDir : "")),
    sagemaker_program: JSON.stringify(spec.program.entryPoint),
    sagemaker_container_log_level: String(LOG_LEVEL),
    sagemaker_job_name: JSON.stringify(job.jobName),
    sagemaker_region: JSON.stringify(spec.region),
    ...distributionNames(spec, job.instanceType),
    ...groupNames(spec),
  }
}

function distributionNames(spec: JobSpec, instanceType: string): Readonly<Record<string, string>> {
  const { distribution } = spec
  switch (distribution.kind) {
    case "none":
      return {}
    case "mpi":
      return {
        sagemaker_mpi_enabled: "true",
        ...(distribution.processesPerHost === null
          ? {}
          : { sagemaker_mpi_num_of_processes_per_host: String(distribution.processesPerHost) }),
        sagemaker_mpi_custom_mpi_options: JSON.stringify(distribution.options),
      }
    case "torchrun":
      return {
        sagemaker_torch_distributed_enabled: "true",
        // Machines of several types have none, and the toolkit counts each host's own GPUs.
        ...(spec.service?.instanceGroups === undefined
          ? { sagemaker_instance_type: JSON.stringify(instanceType) }
          : {}),
      }
    case "smddp":
      return {
        sagemaker_distributed_dataparallel_enabled: "true",
        sagemaker_instance_type: JSON.stringify(instanceType),
        sagemaker_distributed_dataparallel_custom_mpi_options: JSON.stringify(distribution.options ?? ""),
      }
    case "parameter-server":
      return { sagemaker_parameter_server_enabled: "true" }
    case "multi-worker-mirrored":
      return { sagemaker_multi_worker_mirrored_strategy_enabled: "true" }
    case "pytorch-xla":
      return { sagemaker_pytorch_xla_multi_worker_enabled: "true" }
    default:
      return distribution satisfies never
  }
}

function groupNames({ service }: JobSpec): Readonly<Record<string, string>> {
  const groups = service?.distributionGroups
  return groups === undefined ? {} : { sagemaker_distribution_instance_groups: JSON.stringify(groups) }
}

/** On one line, which is all that the service takes: outside of JSON's strings a line break is a blank. */
function asJson(text: string): string {
  return (parseJson(text) === undefined ? JSON.stringify(text) : text)
    .replace(/[\r\n]+/g, " ")
    .replace(LINE_ENDS, escaped)
}

/** Line breaks of Unicode that JSON's strings may hold as they are. */
const LINE_ENDS = /[\u0085\u2028\u2029]/g

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
}

function unquoted(text: string): string {
  const value = parseJson(text)
  if (typeof value === "boolean") return value ? "True" : "False"
  return typeof value === "string" ? value : text
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
