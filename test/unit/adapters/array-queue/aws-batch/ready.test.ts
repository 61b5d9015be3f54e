import { expect, test } from "vitest"
import { FARGATE, failing, fakeQueue } from "./fake-batch.ts"

const SETTINGS = { queue: "workers", image: "an/image:1", job_role: "arn:aws:iam::111122223333:role/worker" }

test("a queue that can start workers is ready, and nothing is registered or submitted", async () => {
  const { queue, asked } = fakeQueue(FARGATE)
  await queue.ready([undefined])
  expect(asked.map(({ operation }) => operation)).toEqual(["DescribeJobQueues", "DescribeComputeEnvironments"])
})

test("each queue of a run is looked at in its own region", async () => {
  const settings = { ...SETTINGS, execution_role: "arn:e", queue: { "eu-west-1": "west", "us-east-1": "east" } }
  const { queue, of } = fakeQueue(FARGATE, { settings })
  await queue.ready(["us-east-1", "eu-west-1"])
  expect(of("DescribeJobQueues").map(({ region, input }) => [region, input.jobQueues])).toEqual([
    ["us-east-1", ["east"]],
    ["eu-west-1", ["west"]],
  ])
})

test.each([
  ["a missing queue", { DescribeJobQueues: { jobQueues: [] } }, {}, 'there is no job queue "workers" in us-east-1'],
  ["a disabled queue", { DescribeJobQueues: { jobQueues: [{ state: "DISABLED" }] } }, {}, "is disabled"],
  ["a setting that Fargate needs", {}, { settings: SETTINGS }, "batch.execution_role is not set"],
  [
    "a job definition that is not there",
    {},
    { settings: { queue: "workers", job_definition: "mine" } },
    '"mine" has no',
  ],
])("%s is refused, with the key that is wrong", async (_, script, difference, message) => {
  const { queue } = fakeQueue({ ...FARGATE, ...script }, difference)
  await expect(queue.ready([undefined])).rejects.toThrow(message)
})

test("a caller who may submit and not look is not refused", async () => {
  const { queue } = fakeQueue({ ...FARGATE, DescribeJobQueues: failing("AccessDeniedException", 403) })
  await expect(queue.ready([undefined])).resolves.toBeUndefined()
})
