import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { describe, expect, test } from "vitest"
import { COMMANDS } from "../src/cli/command-tree/command-tree.ts"
import { ERROR_CODES } from "../src/core/errors.ts"
import { WORKER_EXIT } from "../src/core/run/child-exit.ts"

const ROOT = resolve(import.meta.dirname, "..")
const DOCUMENTS = globSync(["*.md", "docs/**/*.md", "manifests/**/*.md"], { cwd: ROOT })

describe("documents", () => {
  test("every word of the glossary is a name in core", () => {
    const core = globSync("src/core/**/*.ts", { cwd: ROOT }).map(read).join("\n")
    const names = tableOf("docs/glossary.md", "word").map((row) => plain(row["in core"]))
    const missing = names.filter(
      (name) => !new RegExp(`export (?:const|interface|type|function) ${name}\\b`).test(core),
    )
    expect(names.length).toBeGreaterThan(15)
    expect(missing).toEqual([])
  })

  test("the table of error codes is the one in the code", () => {
    const documented = tableOf("docs/errors.md", "code").map((row) => [
      plain(row["code"]),
      { command: Number(row["exit of a command"]), worker: Number(row["exit of a worker"]) },
    ])
    expect(Object.fromEntries(documented.filter(([code]) => Number.isNaN(Number(code))))).toEqual(ERROR_CODES)
  })

  test("every exit code that the code has stands in a table of exit codes", () => {
    const documented = tableOf("docs/errors.md", "code").map((row) => Number(row["code"]))
    const used = [
      ...Object.values(ERROR_CODES).flatMap(({ command, worker }) => [command, worker]),
      ...Object.values(WORKER_EXIT),
    ]
    expect(used.filter((code) => !documented.includes(code))).toEqual([])
  })

  test("every dependency has a line of reason, and no other has", () => {
    const documented = tableOf("docs/dependencies.md", "package").map((row) => plain(row["package"]))
    const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Readonly<Record<string, object>>
    expect(documented).toEqual([...Object.keys(dependencies ?? {}), ...Object.keys(devDependencies ?? {})])
  })

  test("every property that always holds has a test of its name", () => {
    // The simulation checks its properties by their names at every write; its tests show that it does.
    const tests = globSync(["test/**/*.test.ts", "src/simulation/invariants.ts"], { cwd: ROOT })
      .filter((file) => !file.endsWith("documents.test.ts"))
      .map(read)
      .join("\n")
    const names = tableOf("ARCHITECTURE.md", "name").map((row) => plain(row["name"]))
    expect(names).toHaveLength(9)
    expect(names.filter((name) => !tests.includes(name))).toEqual([])
  })

  test("every command that is built is in the README, and no other is", () => {
    const documented = tableOf("README.md", "command").flatMap((row) => [
      ...(row["command"] ?? "").matchAll(/`([a-z-]+)/g),
    ])
    expect(documented.map(([, name]) => name).toSorted()).toEqual(COMMANDS.map(({ name }) => name).toSorted())
  })

  test("every example is in the list of examples, in order", () => {
    const files = ["manifests/*/manifest.csv", "manifests/*/asha.yaml"]
    const folders = globSync(files, { cwd: ROOT }).map((file) => file.split("/")[1])
    const listed = tableOf("manifests/README.md", "example").map((row) => /\((.*)\)/.exec(row["example"] ?? "")?.[1])
    expect(listed).toEqual(folders.toSorted())
  })

  test.each(["When a child is killed", "When a region goes dark", "When the bill runs away", "When you are throttled"])(
    "operations: %s links to the simulation that shows it",
    (title) => {
      const section =
        read("docs/operations.md")
          .split(/^## /m)
          .find((text) => text.startsWith(`${title}\n`)) ?? ""
      expect(section).toMatch(/\*Shown by\*.*\]\(\.\.\/test\/simulation\/[a-z-]+\.test\.ts\)/s)
    },
  )

  test.each(DOCUMENTS)("the links of %s lead somewhere", (document) => {
    const links = [...read(document).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link]) => link ?? "")
    const broken = links
      .filter((link) => !/^https?:/.test(link))
      .filter((link) => !existsSync(join(ROOT, dirname(document), link)))
    expect(broken).toEqual([])
  })

  test.each(DOCUMENTS)("the paths that %s names exist", (document) => {
    const named = [...read(document).matchAll(/`((?:src|test|scripts|docs|manifests|bench)\/[\w./-]*)`/g)]
    const missing = named
      .map(([, path]) => path ?? "")
      .filter((path) => !path.includes("NN-") && !existsSync(join(ROOT, path)))
    expect(missing).toEqual([])
  })
})

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8")
}

/** Rows of every table of the document whose first heading is this, by heading. */
function tableOf(file: string, firstHeading: string): readonly Readonly<Record<string, string>>[] {
  const rows: Record<string, string>[] = []
  let headings: readonly string[] | null = null
  for (const line of read(file).split("\n")) {
    const cells = line.startsWith("|")
      ? line
          .slice(1, -1)
          .split(/(?<!\\)\|/)
          .map((cell) => cell.trim())
      : null
    if (cells === null) headings = null
    else if (headings === null) headings = cells
    else if (headings[0] === firstHeading && !/^-+$/.test(cells[0] ?? "")) {
      rows.push(Object.fromEntries(headings.map((heading, at) => [heading, cells[at] ?? ""])))
    }
  }
  return rows
}

function plain(cell: string | undefined): string {
  return (cell ?? "").replaceAll("`", "")
}
