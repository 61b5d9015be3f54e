import { expect, test } from "vitest"
import { plan } from "../../plan-bed.ts"

const YAML = `on: local
local: {algorithms: {xgboost: [boost, --fast], forest: [./grow.sh]}}
defaults: {image: x, instance_type: ml.m5.large}
`
const FILES = { "a.py": "", "a.sh": "", "a.mjs": "" }

test.each([
  ["entry_point", "a.py", "python3", 'column "entry_point": python3 is not on the PATH of this machine'],
  ["entry_point", "a.py", "python3", "apt-get install python3"],
  ["entry_point,distribution", "a.py,mpi", "mpirun", 'column "distribution": mpirun is not on the PATH'],
  ["entry_point,distribution", "a.sh,mpi", "mpirun", "apt-get install openmpi-bin"],
  ["algorithm", "xgboost:1.5-1", "boost", 'column "algorithm": boost is not on the PATH of this machine'],
  ["algorithm", "forest:1", "", "grow.sh is no program of this machine"],
  ["entry_point,env.PATH", "a.py,/opt/bin", "", "python3 is not on the row's PATH of this machine"],
])("on local %s %s without %s is refused", async (columns, cells, program, said) => {
  const yaml = columns === "algorithm" ? YAML.replace("image: x, ", "") : YAML
  const csv = `region,${columns}\nus-east-1,${cells}\n`
  const planned = await plan(csv, { yaml, files: FILES, without: [program] })
  expect(planned.plan).toBeNull()
  expect(planned.said.join("\n")).toContain(said)
})

test.each([
  ["entry_point", "a.mjs"],
  ["entry_point", "a.sh"],
  ["algorithm", "linear-learner"],
])("on local %s %s needs no program beside this one's own", async (column, cell) => {
  const yaml = column === "algorithm" ? YAML.replace("image: x, ", "") : YAML
  const without = ["python3", "mpirun", "boost", "regatta"]
  const { said, plan: planned } = await plan(`region,${column}\nus-east-1,${cell}\n`, { yaml, files: FILES, without })
  expect(said).toEqual([])
  expect(planned?.notChecked.join()).toContain("mpi4py")
})

test("on aws no program of this machine is looked for", async () => {
  const yaml = YAML.replace("on: local", 'on: aws\naccount: "123456789012"').replace(
    "image: x",
    'image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1, role: "arn:aws:iam::123456789012:role/t"',
  )
  const { said } = await plan("region,entry_point\nus-east-1,a.py\n", { yaml, files: FILES, without: ["python3"] })
  expect(said).toEqual([])
})
