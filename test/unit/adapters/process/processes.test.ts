import { expect, test } from "vitest"
import { identify, isAlive } from "../../../../src/adapters/process/identity.ts"
import {
  endGroup,
  familyMembers,
  isGroupAlive,
  killFamily,
  signalProcess,
  startDetached,
} from "../../../../src/adapters/process/processes.ts"

async function started(...command: [string, ...string[]]): Promise<number> {
  return startDetached({ command, env: { PATH: process.env["PATH"], FAMILY: `test-${process.pid}` }, cwd: "/" })
}

async function startedShell(script: string): Promise<number> {
  return started("sh", "-c", script)
}

test("ends a group of several processes by SIGTERM", async () => {
  const group = await startedShell("sleep 60 & sleep 60 & wait")
  expect(await endGroup(group, 5_000)).toBe(true)
  expect(isGroupAlive(group)).toBe(false)
})

test("kills a group that ignores SIGTERM once the grace has passed", async () => {
  const group = await startedShell("trap '' TERM; while :; do sleep 0.05; done")
  expect(await endGroup(group, 50)).toBe(true)
  expect(isGroupAlive(group)).toBe(false)
})

test("ending a group that is gone is fine", async () => {
  const group = await started("true")
  await expect.poll(() => isGroupAlive(group), { timeout: 5_000, interval: 10 }).toBe(false)
  expect(await endGroup(group, 1_000)).toBe(true)
})

test("a program that does not exist is an error, not a process", async () => {
  await expect(started("/no/such/program")).rejects.toMatchObject({ code: "ENOENT" })
})

test("signals exactly the process that an identity names", async () => {
  const pid = await started("sleep", "60")
  const identity = identify(pid) ?? ""
  expect(signalProcess(identity.replace(/\d+$/, "1"), "SIGKILL")).toBe(false)
  expect(isAlive(identity)).toBe(true)
  expect(signalProcess(identity, "SIGKILL")).toBe(true)
  await expect.poll(() => isAlive(identity), { timeout: 5_000, interval: 10 }).toBe(false)
})

test("a family has the members of a session, and by its marker those that left the session", async () => {
  const leader = await startedShell("sleep 60 & setsid sleep 60 & wait")
  const family = { leaders: [identify(leader) ?? ""], marker: `FAMILY=test-${process.pid}` }
  // The shell, one sleep in its session, and one that leaves it: between fork and setsid that one still counts as inside.
  const members = () => [familyMembers(family).length, familyMembers({ ...family, marker: null }).length]
  await expect.poll(members, { timeout: 5_000, interval: 10 }).toEqual([3, 2])
  expect(await killFamily(family)).toBe(true)
  expect(familyMembers(family)).toEqual([])
})

test("a session whose leader's number went to a stranger is not touched", async () => {
  const pid = await started("sleep", "60")
  const stranger = (identify(pid) ?? "").replace(/\d+$/, "1")
  expect(familyMembers({ leaders: [stranger], marker: null })).toEqual([])
  await endGroup(pid, 1_000)
})
