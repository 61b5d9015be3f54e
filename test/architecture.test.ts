import { describe, expect, test } from "vitest"
import { codeOnly, importsOf, readSourceFiles, type SourceFile } from "./source-files.ts"

/** Rooms that a room may import from, beside itself (ARCHITECTURE.md, "Rooms"). */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  ports: ["core"],
  app: ["core", "ports"],
  config: ["core", "ports"],
  // The identity of a process is a technology; system.ts is where our own is told.
  system: ["core", "ports", "adapters/process"],
  compose: ["core", "ports", "config", "system", "adapters", "technology", "simulation"],
  // src/cli/main.ts: the entry of every process, which only picks the face.
  entry: ["app", "core", "ports", "config", "system", "compose", "cli", "worker", "emulator"],
  cli: ["app", "core", "ports", "config", "system", "compose"],
  worker: ["app", "core", "ports", "config", "system", "compose"],
  dashboard: ["app", "core", "ports", "config", "system", "compose"],
  emulator: ["app", "core", "ports", "config", "system", "compose", "simulation"],
  infra: ["core"],
  simulation: ["core", "ports", "technology"],
  adapters: ["core", "ports", "technology"],
  technology: ["core", "ports", "technology"],
}

/** Folders of `adapters` that are no port's adapter but what several of them share of one technology. */
const TECHNOLOGIES = ["sql", "postgres", "aws", "process", "disk", "serving"]

/** Rooms that may use each npm package; a package that is not here may be used nowhere. */
const PACKAGES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^zod$/, ["core", "app", "config", "cli", "worker", "adapters"]],
  [/^csv-parse(\/|$)/, ["app"]],
  [/^yaml$/, ["app", "cli"]],
  [/^tar$/, ["app", "adapters", "technology"]],
  [/^p-limit$/, ["app", "adapters", "technology", "simulation"]],
  [/^commander$/, ["cli"]],
  [/^pino$/, ["system"]],
  [/^pg$/, ["adapters", "technology"]],
  [/^highs$/, ["adapters"]],
  [/^@aws-sdk\//, ["adapters", "technology", "compose"]],
]

const PURE_ROOMS = ["core", "ports", "app", "config"]

/** Rooms that may touch the process itself: `adapters/process` is that technology. */
const TOUCHING = ["system", "adapters/process"]

/** Folders of equals, none of which is the main file. */
const COLLECTIONS = ["cli/commands", "cli/commands/endpoint"]

const files = readSourceFiles()

describe("architecture", () => {
  test("every room imports only the rooms it may", () => {
    const wrong = files.flatMap((file) => wrongArrows(file))
    expect(wrong, `forbidden imports:\n${wrong.join("\n")}\n\nthe rooms as they are:\n${roomGraph()}`).toEqual([])
  })

  test("every npm package is used only in its rooms, and no import is computed", () => {
    const wrong = files.flatMap((file) =>
      outside(file)
        .filter((to) => !to.startsWith("node:"))
        .filter((to) => !PACKAGES.some(([name, rooms]) => name.test(to) && rooms.includes(kindOf(file.path))))
        .map((to) => `src/${file.path} imports ${to}`),
    )
    expect(wrong).toEqual([])
  })

  test("core, ports, app and config import nothing of Node", () => {
    const wrong = files
      .filter((file) => PURE_ROOMS.includes(kindOf(file.path)))
      .flatMap((file) => outside(file).map((to) => `src/${file.path} imports ${to}`))
      .filter((line) => line.includes(" imports node:"))
    expect(wrong).toEqual([])
  })

  test("ports import only types", () => {
    const wrong = files
      .filter((file) => kindOf(file.path) === "ports")
      .flatMap((file) => file.imports.filter((each) => !each.isType).map((each) => `src/${file.path}: ${each.to}`))
    expect(wrong).toEqual([])
  })

  test("only system.ts and the technology of processes touch the process, the clock, chance and the console", () => {
    const wrong = files.filter((file) => !TOUCHING.includes(roomOf(file.path))).flatMap((file) => touches(file))
    expect(wrong).toEqual([])
  })

  test("every folder has a main file that opens with two lines: what it is and what it refuses to do", () => {
    const folders = Map.groupBy(files, (file) => file.path.split("/").slice(0, -1).join("/"))
    const missing = [...folders].filter(([, members]) => !members.some(opensWithTwoLines)).map(([folder]) => folder)
    expect(missing.filter((folder) => !COLLECTIONS.includes(folder))).toEqual([])
  })

  test("every file belongs to a room of the map", () => {
    expect(files.filter((file) => MAY_IMPORT[kindOf(file.path)] === undefined).map((file) => file.path)).toEqual([])
  })
})

describe("reading imports", () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['import { a } from "./row.ts"', "core/row.ts", false],
    ['import type { A } from "../ports/world.ts"', "ports/world.ts", true],
    ['import {\n  a,\n  type B,\n} from "./row.ts"', "core/row.ts", false],
    ['export { a } from "./row.ts"', "core/row.ts", false],
    ['import "node:fs"', "node:fs", false],
    ['const a = await import("pino")', "pino", false],
    ['const a = await import(\n  "./row.ts"\n)', "core/row.ts", false],
    ['let a: import("./row.ts").Row', "core/row.ts", true],
    ['const fs = require("fs")', "fs", false],
    ["const a = await import(name)", "<computed>", false],
  ]
  test.each(cases)("finds the import of %j", (text, to, isType) => {
    expect(importsOf("core/x.ts", text)).toEqual([{ to, isType }])
  })

  test.each([
    "const script = `\\nimport { a } from 'node:fs'\\n`",
    '// import { a } from "node:fs"',
    '/** import("node:fs") */',
    'const url = "https://x" // import("a")',
  ])("finds none in %j", (text) => {
    expect(importsOf("core/x.ts", text)).toEqual([])
  })

  test("sees a touched process in a template string, not in a comment or a text", () => {
    const text = `// process.exit()\nconst a = "process.exit()"\nconst b = \`at $\{process.pid}\``
    expect(touches({ path: "core/x.ts", text, imports: [] })).toEqual(["src/core/x.ts: process.p"])
  })

  test("tells an adapter of another port from one of its own", () => {
    const text = 'import { a } from "../../job-logs/local-files/a.ts"\nimport { b } from "../b.ts"'
    const path = "adapters/run-table/memory/x.ts"
    expect(wrongArrows({ path, text, imports: importsOf(path, text) })).toEqual([
      "src/adapters/run-table/memory/x.ts imports adapters/job-logs/local-files/a.ts",
    ])
  })
})

/** `core`, `cli`, `adapters/run-table`, `adapters/sql`, `config`, … */
function roomOf(path: string): string {
  if (path === "cli/main.ts") return "entry"
  const [first = "", second = ""] = path.split("/")
  if (first === "adapters") return `adapters/${second}`
  return first.replace(/\.ts$/, "")
}

/** The row of the table that a file's room stands in. */
function kindOf(path: string): string {
  const room = roomOf(path)
  if (!room.startsWith("adapters/")) return room
  return TECHNOLOGIES.includes(room.slice("adapters/".length)) ? "technology" : "adapters"
}

function wrongArrows(file: SourceFile): readonly string[] {
  const allowed = MAY_IMPORT[kindOf(file.path)] ?? []
  return inside(file)
    .filter((to) => roomOf(to) !== roomOf(file.path))
    .filter((to) => !allowed.includes(kindOf(to)) && !allowed.includes(roomOf(to)))
    .map((to) => `src/${file.path} imports ${to}`)
}

function inside(file: SourceFile): readonly string[] {
  return file.imports.map((each) => each.to).filter((to) => to.endsWith(".ts"))
}

function outside(file: SourceFile): readonly string[] {
  return file.imports.map((each) => each.to).filter((to) => !to.endsWith(".ts"))
}

function touches(file: SourceFile): readonly string[] {
  const code = codeOnly(file.text)
  // A file that has a `process` of its own is trusted not to mean Node's by it, except for what only Node's has.
  const isOwn = /[(,{]\s*process\s*[,:)}=]|\b(?:const|let)\s+process\b/.test(code)
  const members = isOwn ? "(?:env|argv|exit|exitCode|std(?:in|out|err))\\b" : "\\S"
  const forbidden = new RegExp(
    String.raw`(?<![.\w$])(?:process\??[.[]${members}|Date\.now|new Date\(\)|Math\.random|console\.|performance\.now|globalThis\.)`,
    "g",
  )
  const imported = outside(file).filter((to) => /^node:(?:process|console|perf_hooks)$/.test(to))
  return [...[...code.matchAll(forbidden)].map(([found]) => found), ...imported].map(
    (each) => `src/${file.path}: ${each}`,
  )
}

function opensWithTwoLines(file: SourceFile): boolean {
  return /^\/\/ \S[^\n]*\n\/\/ \S/.test(file.text)
}

/** One line per room with what it imports, for the message of a failed test. */
function roomGraph(): string {
  const arrows = new Map<string, Set<string>>()
  for (const file of files) {
    const from = arrows.get(roomOf(file.path)) ?? new Set()
    for (const to of inside(file)) if (roomOf(to) !== roomOf(file.path)) from.add(roomOf(to))
    arrows.set(roomOf(file.path), from)
  }
  return [...arrows].map(([room, to]) => `  ${room} -> ${[...to].toSorted().join(", ") || "nothing"}`).join("\n")
}
