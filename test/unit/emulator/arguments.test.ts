import { describe, expect, test } from "vitest"
import { readArguments } from "../../../src/emulator/arguments.ts"
import { containerCommand, ownEntry } from "../../../src/emulator/child-command.ts"

describe("arguments of emulate", () => {
  test("are all optional", () => {
    expect(readArguments([])).toMatchObject({
      port: 4590,
      speed: 1,
      seed: null,
      train: "time",
      output: "text",
      world: null,
    })
    expect(readArguments(["--port", "0", "--speed=60", "-o", "json"])).toMatchObject({
      port: 0,
      speed: 60,
      output: "json",
    })
  })

  test.each([
    [["--port", "70000"]],
    [["--port", ""]],
    [["--speed", "0.5"]],
    [["--train", "later"]],
    [["--nothing"]],
    [["extra"]],
  ])("%j are refused as usage", (argv) => {
    expect(() => readArguments(argv)).toThrow(expect.objectContaining({ code: "usage" }))
  })
})

describe("how a child is started", () => {
  const job = {
    kind: "start",
    region: "us-east-1",
    job: "id",
    attempt: 1,
    image: "registry/worker:1",
    command: ["worker"],
    environment: {},
    logStream: "s",
  } as const

  test("as our own entry, or by a command with image, environment and the job's command in it", () => {
    expect(ownEntry(["node", "main.ts"])(job, {})).toEqual(["node", "main.ts", "worker"])
    expect(containerCommand("podman run --rm {env} {image}")(job, { A: "1 2" })).toEqual([
      "podman",
      "run",
      "--rm",
      "--env",
      "A=1 2",
      "registry/worker:1",
      "worker",
    ])
    expect(containerCommand("sh {command} end")(job, {})).toEqual(["sh", "worker", "end"])
  })

  test.each(["", "  ", "{image}"])("by %j is refused", (template) => {
    expect(() => containerCommand(template)).toThrow(expect.objectContaining({ code: "usage" }))
  })
})
