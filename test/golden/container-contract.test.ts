// What a trainer is told, against values worked out by hand from the rules of aws.md 2.30-2.34: not from our own output.
import { describe, expect, test } from "vitest"
import {
  type Container,
  hostNames,
  inputDataConfig,
  resourceConfig,
} from "../../src/adapters/training-service/local-process/contract/container.ts"
import {
  parseHyperparameters,
  toolkitEnvironment,
  userArguments,
} from "../../src/adapters/training-service/local-process/contract/environment.ts"
import { mpiCommand } from "../../src/adapters/training-service/local-process/contract/mpi-command.ts"

const container: Container = {
  jobName: "rg-1-digits-r0-a1",
  jobArn: "arn:aws:sagemaker:eu-west-1:000000000000:training-job/rg-1-digits-r0-a1",
  hosts: ["algo-1", "algo-2"],
  currentHost: "algo-2",
  instanceType: "ml.c5.xlarge",
  networkInterface: "lo",
  hyperparameters: {
    epochs: "50",
    lr: "1e-05",
    "batch-size": "128",
    k: "3.0",
    name: '"resnet"',
    flag: "true",
    nothing: "null",
    layers: '[64, "a b"]',
    opt: '{"momentum": 0.9, "beta": 1}',
    sagemaker_program: '"train.py"',
    sagemaker_submit_directory: '"file:///store/code.tar.gz"',
    sagemaker_container_log_level: "20",
    sagemaker_job_name: '"rg-1-digits-r0-a1"',
    sagemaker_region: '"eu-west-1"',
    sagemaker_mpi_enabled: "true",
    sagemaker_mpi_custom_mpi_options: '"-x A=1"',
  },
  channels: [
    {
      name: "train",
      uri: "s3://b/train/",
      distribution: "ShardedByS3Key",
      dataType: "S3Prefix",
      inputMode: "File",
      contentType: "text/csv",
      compression: "None",
      recordWrapper: "None",
    },
  ],
  distributionHosts: ["algo-1", "algo-2"],
  cpus: 4,
  gpus: 0,
  root: "/opt/ml",
}

const HOSTS = '["algo-1","algo-2"]'
const GROUP = '{"hosts":["algo-1","algo-2"],"instance_group_name":"homogeneousCluster","instance_type":"ml.c5.xlarge"}'
const RESOURCES = `{"current_group_name":"homogeneousCluster","current_host":"algo-2","current_instance_type":"ml.c5.xlarge","hosts":${HOSTS},"instance_groups":[${GROUP}],"network_interface_name":"lo"}`
const INPUT =
  '{"train":{"ContentType":"text/csv","RecordWrapperType":"None","S3DistributionType":"ShardedByS3Key","TrainingInputMode":"File"}}'
const HPS =
  '{"batch-size":128,"epochs":50,"flag":true,"k":3.0,"layers":[64,"a b"],"lr":1e-05,"name":"resnet","nothing":null,"opt":{"beta":1,"momentum":0.9}}'
const FRAMEWORK = '{"sagemaker_mpi_custom_mpi_options":"-x A=1","sagemaker_mpi_enabled":true}'
const ARGUMENTS = [
  ...["--batch-size", "128", "--epochs", "50", "--flag", "True", "-k", "3.0", "--layers", "[64, 'a b']"],
  ...["--lr", "1e-05", "--name", "resnet", "--nothing", "", "--opt", "beta=1,momentum=0.9"],
]

describe("the variables of a host", () => {
  const env = toolkitEnvironment(container)
  const cases: Readonly<Record<string, string>> = {
    TRAINING_JOB_NAME: "rg-1-digits-r0-a1",
    TRAINING_JOB_ARN: container.jobArn,
    SM_HOSTS: HOSTS,
    SM_CURRENT_HOST: "algo-2",
    SM_CURRENT_INSTANCE_TYPE: "ml.c5.xlarge",
    SM_CURRENT_INSTANCE_GROUP: "homogeneousCluster",
    SM_CURRENT_INSTANCE_GROUP_HOSTS: HOSTS,
    SM_INSTANCE_GROUPS: '["homogeneousCluster"]',
    SM_INSTANCE_GROUPS_DICT: `{"homogeneousCluster":${GROUP}}`,
    SM_DISTRIBUTION_INSTANCE_GROUPS: '["homogeneousCluster"]',
    SM_IS_HETERO: "false",
    SM_NETWORK_INTERFACE_NAME: "lo",
    SM_RESOURCE_CONFIG: RESOURCES,
    SM_INPUT_DATA_CONFIG: INPUT,
    SM_CHANNELS: '["train"]',
    SM_CHANNEL_TRAIN: "/opt/ml/input/data/train",
    SM_HPS: HPS,
    SM_HP_EPOCHS: "50",
    SM_HP_LR: "1e-05",
    "SM_HP_BATCH-SIZE": "128",
    SM_HP_K: "3.0",
    SM_HP_NAME: "resnet",
    SM_HP_FLAG: "true",
    SM_HP_NOTHING: "",
    SM_HP_LAYERS: '[64,"a b"]',
    SM_HP_OPT: '{"beta":1,"momentum":0.9}',
    SM_FRAMEWORK_PARAMS: FRAMEWORK,
    SM_FRAMEWORK_MODULE: "",
    SM_USER_ARGS: JSON.stringify(ARGUMENTS),
    SM_USER_ENTRY_POINT: "train.py",
    SM_MODULE_NAME: "train",
    SM_MODULE_DIR: "file:///store/code.tar.gz",
    SM_LOG_LEVEL: "20",
    SM_INPUT_DIR: "/opt/ml/input",
    SM_INPUT_CONFIG_DIR: "/opt/ml/input/config",
    SM_OUTPUT_DIR: "/opt/ml/output",
    SM_OUTPUT_DATA_DIR: "/opt/ml/output/data",
    SM_OUTPUT_INTERMEDIATE_DIR: "/opt/ml/output/intermediate",
    SM_MODEL_DIR: "/opt/ml/model",
    SM_NUM_CPUS: "4",
    SM_NUM_GPUS: "0",
    SM_NUM_NEURONS: "0",
    SM_TRAINING_ENV: `{"additional_framework_parameters":${FRAMEWORK},"channel_input_dirs":{"train":"/opt/ml/input/data/train"},"current_host":"algo-2","current_instance_group":"homogeneousCluster","current_instance_group_hosts":${HOSTS},"current_instance_type":"ml.c5.xlarge","distribution_hosts":${HOSTS},"distribution_instance_groups":["homogeneousCluster"],"framework_module":null,"hosts":${HOSTS},"hyperparameters":${HPS},"input_config_dir":"/opt/ml/input/config","input_data_config":${INPUT},"input_dir":"/opt/ml/input","instance_groups":["homogeneousCluster"],"instance_groups_dict":{"homogeneousCluster":${GROUP}},"is_hetero":false,"is_master":false,"is_modelparallel_enabled":null,"is_smddpmprun_installed":false,"is_smddprun_installed":false,"job_name":"rg-1-digits-r0-a1","log_level":20,"master_hostname":"algo-1","model_dir":"/opt/ml/model","module_dir":"file:///store/code.tar.gz","module_name":"train","network_interface_name":"lo","num_cpus":4,"num_gpus":0,"num_neurons":0,"output_data_dir":"/opt/ml/output/data","output_dir":"/opt/ml/output","output_intermediate_dir":"/opt/ml/output/intermediate","resource_config":${RESOURCES},"topology":[],"user_entry_point":"train.py"}`,
  }

  test.each(Object.entries(cases))("%s", (name, value) => {
    expect(env[name]).toBe(value)
  })

  test("there are no others", () => {
    expect(Object.keys(env).sort()).toEqual(Object.keys(cases).sort())
  })

  test("without a distribution no group is distributed", () => {
    const alone = toolkitEnvironment({ ...container, distributionHosts: [] })
    expect(alone["SM_DISTRIBUTION_INSTANCE_GROUPS"]).toBe("[]")
    expect(alone["SM_TRAINING_ENV"]).toContain('"distribution_hosts":[],"distribution_instance_groups":[]')
  })

  test("where /opt/ml cannot be bound, folders are those of the host", () => {
    const elsewhere = toolkitEnvironment({ ...container, root: "/jobs/x/hosts/algo-2" })
    expect(elsewhere["SM_MODEL_DIR"]).toBe("/jobs/x/hosts/algo-2/model")
    expect(Object.values(elsewhere).filter((value) => value.includes("/opt/ml"))).toEqual([])
  })
})

test("arguments are sorted, a name of one letter has one dash, values are spelled as Python spells them", () => {
  expect(userArguments(parseHyperparameters(container.hyperparameters).user)).toEqual(ARGUMENTS)
})

test("hosts are sorted as texts, so that algo-10 comes before algo-2", () => {
  expect(hostNames(11).slice(0, 4)).toEqual(["algo-1", "algo-10", "algo-11", "algo-2"])
})

test("the configuration files have the shapes of the service", () => {
  expect(resourceConfig(container)).toEqual(JSON.parse(RESOURCES))
  expect(inputDataConfig(container.channels)).toEqual(JSON.parse(INPUT))
})

test("mpirun gets the toolkit's defaults less what the row sets, then the row's options, then the variables", () => {
  const command = mpiCommand({
    mpirun: "mpirun",
    hosts: 2,
    processesPerHost: 8,
    networkInterface: "lo",
    options: "-mca btl_vader_single_copy_mechanism none -x NCCL_MIN_NRINGS=8 -x NAME='two words'",
    machine: ["PATH"],
    toolkit: ["SM_HOSTS", "SM_HP_BATCH-SIZE"],
    command: ["python3", "-m", "mpi4py", "train.py", "--epochs", "50"],
  })
  expect(command).toEqual([
    ...["mpirun", "--host", "localhost:16", "-np", "16", "--allow-run-as-root", "--oversubscribe"],
    ...["--display-map", "--tag-output", "-mca", "btl_tcp_if_include", "lo", "-mca", "oob_tcp_if_include", "lo"],
    ...["-mca", "plm_rsh_no_tree_spawn", "1", "-bind-to", "none", "-map-by", "slot", "-mca", "pml", "ob1"],
    ...["-mca", "btl", "^openib", "-mca", "orte_abort_on_non_zero_status", "1"],
    ...["-x", "NCCL_MIN_NRINGS=4"],
    ...["-x", "NCCL_SOCKET_IFNAME=lo", "-x", "NCCL_DEBUG=INFO", "-x", "PATH"],
    ...["-mca", "btl_vader_single_copy_mechanism", "none", "-x", "NCCL_MIN_NRINGS=8", "-x", "NAME=two words"],
    ...["-x", "SM_HOSTS", "-x", "SM_HP_BATCH-SIZE"],
    ...["python3", "-m", "mpi4py", "train.py", "--epochs", "50"],
  ])
})
