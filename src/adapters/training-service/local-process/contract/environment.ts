// The `SM_*` variables of one host, as sagemaker-training-toolkit sets them (aws.md 2.30-2.33).
// Sets nothing by itself: it returns what the trainer's environment shall hold.
import { type Container, groupNames, inputDataConfig, instanceGroups, resourceConfig } from "./container.ts"
import {
  fromJson,
  type PythonMapping,
  type PythonValue,
  parsePythonValue,
  toArgument,
  toJson,
  toVariable,
} from "./python-value.ts"

/** Names that the toolkit reads for itself; any other `sagemaker_*` name goes to the framework. */
const OWN_NAMES = new Set([
  "sagemaker_program",
  "sagemaker_submit_directory",
  "sagemaker_container_log_level",
  "sagemaker_job_name",
  "sagemaker_region",
])

/** Hyperparameters as the toolkit parts them. */
export interface ParsedHyperparameters {
  readonly user: PythonMapping
  readonly framework: PythonMapping
  readonly own: PythonMapping
}

export function parseHyperparameters(sent: Readonly<Record<string, string>>): ParsedHyperparameters {
  const all = Object.entries(sent).map(([name, text]) => [name, parsePythonValue(text)] as const)
  const isReserved = (name: string) => name.startsWith("sagemaker_")
  return {
    user: Object.fromEntries(all.filter(([name]) => !isReserved(name))),
    framework: Object.fromEntries(all.filter(([name]) => isReserved(name) && !OWN_NAMES.has(name))),
    own: Object.fromEntries(all.filter(([name]) => OWN_NAMES.has(name))),
  }
}

/** Arguments of the entry point: sorted, `--name value`, one dash for a name of one letter. */
export function userArguments(user: PythonMapping): readonly string[] {
  return Object.keys(user)
    .sort()
    .flatMap((name) => [`${name.length > 1 ? "--" : "-"}${name}`, toArgument(user[name] ?? null)])
}

/** Every `SM_*` variable of a host, and the job's name and ARN. */
export function toolkitEnvironment(container: Container): Readonly<Record<string, string>> {
  const parsed = parseHyperparameters(container.hyperparameters)
  const at = folders(container.root)
  const program = text(parsed.own["sagemaker_program"])
  const json = (value: unknown) => toJson(fromJson(value))
  return {
    TRAINING_JOB_NAME: container.jobName,
    TRAINING_JOB_ARN: container.jobArn,
    SM_HOSTS: json(container.hosts),
    SM_NETWORK_INTERFACE_NAME: container.networkInterface,
    SM_HPS: toJson(parsed.user),
    SM_USER_ENTRY_POINT: program,
    SM_FRAMEWORK_PARAMS: toJson(parsed.framework),
    SM_RESOURCE_CONFIG: json(resourceConfig(container)),
    SM_INPUT_DATA_CONFIG: json(inputDataConfig(container.channels)),
    SM_OUTPUT_DATA_DIR: at.outputData,
    SM_CHANNELS: json(channelNames(container)),
    SM_CURRENT_HOST: container.currentHost,
    SM_CURRENT_INSTANCE_TYPE: container.instanceType,
    SM_CURRENT_INSTANCE_GROUP: groupNames()[0] ?? "",
    SM_CURRENT_INSTANCE_GROUP_HOSTS: json(container.hosts),
    SM_INSTANCE_GROUPS: json(groupNames()),
    SM_INSTANCE_GROUPS_DICT: json(instanceGroups(container)),
    SM_DISTRIBUTION_INSTANCE_GROUPS: json(distributionGroups(container)),
    SM_IS_HETERO: "false",
    SM_MODULE_NAME: moduleName(program),
    SM_LOG_LEVEL: text(parsed.own["sagemaker_container_log_level"]),
    SM_FRAMEWORK_MODULE: "",
    SM_INPUT_DIR: at.input,
    SM_INPUT_CONFIG_DIR: at.inputConfig,
    SM_OUTPUT_DIR: at.output,
    SM_OUTPUT_INTERMEDIATE_DIR: at.outputIntermediate,
    SM_NUM_CPUS: String(container.cpus),
    SM_NUM_GPUS: String(container.gpus),
    SM_NUM_NEURONS: "0",
    SM_MODEL_DIR: at.model,
    SM_MODULE_DIR: text(parsed.own["sagemaker_submit_directory"]),
    SM_TRAINING_ENV: toJson(trainingEnvironment(container, parsed)),
    SM_USER_ARGS: json(userArguments(parsed.user)),
    ...Object.fromEntries(
      channelNames(container).map((name) => [`SM_CHANNEL_${name.toUpperCase()}`, `${at.inputData}/${name}`]),
    ),
    ...Object.fromEntries(
      Object.entries(parsed.user).map(([name, value]) => [`SM_HP_${name.toUpperCase()}`, toVariable(value)]),
    ),
  }
}

function trainingEnvironment(container: Container, parsed: ParsedHyperparameters): PythonMapping {
  const at = folders(container.root)
  const program = text(parsed.own["sagemaker_program"])
  const plain = {
    channel_input_dirs: Object.fromEntries(channelNames(container).map((name) => [name, `${at.inputData}/${name}`])),
    current_host: container.currentHost,
    current_instance_group: groupNames()[0] ?? "",
    current_instance_group_hosts: container.hosts,
    current_instance_type: container.instanceType,
    distribution_hosts: container.distributionHosts,
    distribution_instance_groups: distributionGroups(container),
    framework_module: null,
    hosts: container.hosts,
    input_config_dir: at.inputConfig,
    input_data_config: inputDataConfig(container.channels),
    input_dir: at.input,
    instance_groups: groupNames(),
    instance_groups_dict: instanceGroups(container),
    is_hetero: false,
    is_master: container.currentHost === container.hosts[0],
    is_modelparallel_enabled: null,
    is_smddpmprun_installed: false,
    is_smddprun_installed: false,
    job_name: container.jobName,
    master_hostname: container.hosts[0],
    model_dir: at.model,
    module_dir: text(parsed.own["sagemaker_submit_directory"]),
    module_name: moduleName(program),
    network_interface_name: container.networkInterface,
    num_cpus: container.cpus,
    num_gpus: container.gpus,
    num_neurons: 0,
    output_data_dir: at.outputData,
    output_dir: at.output,
    output_intermediate_dir: at.outputIntermediate,
    resource_config: resourceConfig(container),
    topology: [],
    user_entry_point: program,
  }
  return {
    ...(fromJson(plain) as PythonMapping),
    additional_framework_parameters: parsed.framework,
    hyperparameters: parsed.user,
    log_level: parsed.own["sagemaker_container_log_level"] ?? null,
  }
}

function folders(root: string) {
  return {
    input: `${root}/input`,
    inputConfig: `${root}/input/config`,
    inputData: `${root}/input/data`,
    model: `${root}/model`,
    output: `${root}/output`,
    outputData: `${root}/output/data`,
    outputIntermediate: `${root}/output/intermediate`,
  }
}

function channelNames(container: Container): readonly string[] {
  return container.channels.map(({ name }) => name)
}

function distributionGroups(container: Container): readonly string[] {
  return container.distributionHosts.length === 0 ? [] : groupNames()
}

/** `train.py` is the module `train`; any other program keeps its name. */
function moduleName(program: string): string {
  return program.endsWith(".py") ? program.slice(0, -3) : program
}

function text(value: PythonValue | undefined): string {
  return toVariable(value ?? null)
}
