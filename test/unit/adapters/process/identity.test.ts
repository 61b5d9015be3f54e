import { spawn } from "node:child_process"
import { once } from "node:events"
import { hostname } from "node:os"
import { expect, test } from "vitest"
import { identify, isAlive, parseIdentity } from "../../../../src/adapters/process/identity.ts"

const me = identify(process.pid) ?? ""

test("names this process by host, boot, id and start time", () => {
  expect(parseIdentity(me)).toMatchObject({ host: hostname(), pid: process.pid })
  expect(identify(process.pid)).toBe(me)
})

test("a live process is alive", () => {
  expect(isAlive(me)).toBe(true)
})

test("a process that took over the number of another is not that other", () => {
  expect(isAlive(me.replace(/\d+$/, "1"))).toBe(false)
})

test("a process of an earlier boot is dead", () => {
  const { host, pid, start } = parseIdentity(me) ?? { host: "", pid: 0, start: "" }
  expect(isAlive(`${host}.00000000.${pid}.${start}`)).toBe(false)
})

test.each(["elsewhere.example.org.0a1b2c3d.1.1", "", "not an identity"])("of %j nobody here can know", (identity) => {
  expect(isAlive(identity)).toBe(null)
})

test("a host's name may have dots", () => {
  expect(parseIdentity("a.b.example.0a1b2c3d.12.345")).toEqual({
    host: "a.b.example",
    boot: "0a1b2c3d",
    pid: 12,
    start: "345",
  })
})

test("an ended process has no identity and is dead, also while its parent has not waited for it", async () => {
  // The shell never waits for its child: what ends stays a zombie until the shell ends too.
  const shell = spawn("sh", ["-c", "sleep 0.01 & echo $!; exec sleep 5"], { stdio: ["ignore", "pipe", "ignore"] })
  try {
    const [chunk] = (await once(shell.stdout, "data")) as [Buffer]
    const pid = Number(chunk.toString())
    await expect.poll(() => identify(pid), { timeout: 5_000, interval: 10 }).toBe(null)
    expect(isAlive(me.replace(/\d+\.\d+$/, `${pid}.1`))).toBe(false)
  } finally {
    shell.kill("SIGKILL")
  }
})
