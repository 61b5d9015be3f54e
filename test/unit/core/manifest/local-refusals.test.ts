import { expect, test } from "vitest"
import type { Channel, JobSpec, Program } from "../../../../src/core/job/job-spec.ts"
import { algorithmCommand, localRefusals } from "../../../../src/core/manifest/local-refusals.ts"
import { aSpec } from "../../../builders.ts"

const program = (entryPoint: string): Program => ({ entryPoint, sourceDir: null, dependencies: [], archive: null })
const channel = (difference: Partial<Channel>): Channel => ({
  name: "train",
  uri: "s3://b/x",
  distribution: "FullyReplicated",
  dataType: "S3Prefix",
  inputMode: "File",
  contentType: null,
  compression: "None",
  recordWrapper: "None",
  ...difference,
})
const xgboost = { kind: "algorithm", name: "xgboost", version: "1.5-1" } as const

test.each<[Partial<JobSpec>, readonly string[]]>([
  [{ program: program("train.py") }, []],
  [{ program: program("src/train.sh") }, []],
  [{ program: program("train.jl") }, ["entry_point"]],
  [{}, ["image"]],
  [{ trains: xgboost }, ["algorithm"]],
  [{ trains: xgboost, program: program("train.py") }, []],
  [{ trains: { kind: "framework", name: "pytorch", version: "2.3", python: null, image: null } }, ["framework"]],
  [{ program: program("a.py"), distribution: { kind: "mpi", processesPerHost: 2, options: "" } }, []],
  [{ program: program("a.py"), distribution: { kind: "torchrun" } }, ["distribution"]],
  [{ program: program("a.py"), distribution: { kind: "smddp" } }, ["distribution"]],
  [{ program: program("a.py"), channels: [channel({ inputMode: "FastFile", dataType: "ManifestFile" })] }, []],
  [{ program: program("a.py"), channels: [channel({ inputMode: "Pipe" })] }, ["channel.train.input_mode"]],
  [{ program: program("a.py"), channels: [channel({ compression: "Gzip" })] }, ["channel.train.compression"]],
  [{ program: program("a.py"), channels: [channel({ recordWrapper: "RecordIO" })] }, ["channel.train.record_wrapper"]],
  [
    { program: program("a.py"), channels: [channel({ dataType: "AugmentedManifestFile" })] },
    ["channel.train.data_type"],
  ],
  [{ program: program("a.py"), metrics: { loss: "loss=(" } }, ["metric.loss"]],
])("%j is refused at %j", (spec, columns) => {
  expect(localRefusals(aSpec(spec), { algorithms: {} }).map(({ column }) => column)).toEqual(columns)
})

test("an algorithm's command is that of its version, else of its name", () => {
  const algorithms = { xgboost: ["python3", "any.py"], "xgboost:1.5-1": ["python3", "exact.py"] }
  expect(algorithmCommand(xgboost, { algorithms })).toEqual(["python3", "exact.py"])
  expect(algorithmCommand({ ...xgboost, version: "1.7-1" }, { algorithms })).toEqual(["python3", "any.py"])
  expect(algorithmCommand({ ...xgboost, name: "linear-learner" }, { algorithms })).toBe(null)
})
