import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { StatusDocument } from "../../src/core/run/status-document.ts"
import { type Ended, ROOT, run } from "./regatta-process.ts"

const folder = mkdtempSync(join(tmpdir(), "regatta-package-"))
const packed = join(folder, "packed")
const installed = join(folder, "installed")

beforeAll(async () => {
  mkdirSync(packed)
  mkdirSync(installed)
  await npm(ROOT, "pack", "--pack-destination", packed)
  writeFileSync(join(installed, "package.json"), "{}")
  const [tarball = ""] = readdirSync(packed)
  await npm(installed, "install", "--no-audit", "--no-fund", join(packed, tarball))
}, 300_000)

afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }))

describe("the package, installed into an empty folder", () => {
  test("has the bundle, the examples and the documents, and neither sources nor tests", () => {
    const names = readdirSync(join(installed, "node_modules", "regatta"))
    expect(names).toEqual(
      expect.arrayContaining(["LICENSE", "README.md", "bin", "dist", "docs", "manifests", "package.json"]),
    )
    expect(names).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(?:src|test|bench|scripts|\.regatta)$/)]))
  })

  test("says its version", async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { readonly version: string }
    const { code, stdout } = await npx(installed, "version")
    expect([code, stdout.trim()]).toEqual([0, `regatta ${version}`])
  })

  test("runs the demo to its end", async () => {
    const ended = await npx(installed, "demo", "-o", "json")
    expect(ended.code, ended.stderr).toBe(0)
    expect(statusesOf(ended)).toEqual(Array(12).fill("completed"))
  })

  test("writes a project with init, and submits it", async () => {
    const written = await npx(installed, "init", "project")
    expect(written.code, written.stderr).toBe(0)
    const ended = await npx(join(installed, "project"), "submit", "manifest.csv", "--wait", "-y", "-o", "json")
    expect(ended.code, ended.stderr).toBe(0)
    expect(new Set(statusesOf(ended))).toEqual(new Set(["completed"]))
  })
})

async function npm(cwd: string, ...parameters: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await run("npm", parameters, { cwd })
  if (code !== 0) throw new Error(`npm ${parameters.join(" ")} exited ${code}:\n${stdout}${stderr}`)
}

function npx(cwd: string, ...parameters: readonly string[]): Promise<Ended> {
  return run("npx", ["--no-install", "regatta", ...parameters], { cwd })
}

function statusesOf({ stdout }: Ended): readonly string[] {
  return (JSON.parse(stdout) as StatusDocument).rows.map((row) => row.status)
}
