import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { COMMANDS } from "../../src/cli/command-tree/command-tree.ts"
import { copyOfManifests, LAUNCHER, PROGRAM, ROOT, run } from "./regatta-process.ts"

const DOCUMENTS = globSync(["*.md", "docs/**/*.md", "manifests/*.md"], { cwd: ROOT })

const copy = copyOfManifests()
shortenGrid()
afterAll(copy.remove)

const BLOCKS = DOCUMENTS.flatMap((document) =>
  [...readFileSync(join(ROOT, document), "utf8").matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(
    ([, block = ""]) => [document, block.split("\n")[0] ?? "", block] as const,
  ),
)

describe("the commands of the documents", () => {
  test("are some", () => {
    expect(BLOCKS.length).toBeGreaterThan(5)
  })

  test.each(BLOCKS)("%s: %s", async (_document, _firstLine, block) => {
    const { code, stdout, stderr } = await run("sh", ["-e", "-c", shortened(block)], {
      cwd: copy.folder,
      env: { PATH: `${shims()}:${process.env["PATH"] ?? ""}` },
    })
    expect(code, `${stdout}\n${stderr}`).toBe(0)
  })

  test("name only commands and options that exist", () => {
    const wrong = DOCUMENTS.flatMap((document) =>
      [...readFileSync(join(ROOT, document), "utf8").matchAll(/(?:regatta|regatta --) ([a-z-]+)((?: [^`\n|]+)?)/g)]
        .filter(([call]) => isCall(call))
        .filter(([, name = "", rest = ""]) => !isKnown(name, rest))
        .map(([call]) => `${document}: ${call}`),
    )
    expect(wrong).toEqual([])
  })
})

/** Hundreds of trainings show nothing here that a dozen do not. */
function shortened(block: string): string {
  return block.replaceAll(/--samples (?:500|340)\b/g, "--samples 9")
}

/** The same of the grid, which examples.test.ts trains whole: here its first rows are trained, by the same commands. */
function shortenGrid(): void {
  const file = join(copy.folder, "manifests", "07-grid-sweep", "manifest.csv")
  writeFileSync(file, `${readFileSync(file, "utf8").split("\n").slice(0, 5).join("\n")}\n`)
}

/** Commands in running text stand between backticks or behind `npm run`. */
function isCall(call: string): boolean {
  return COMMANDS.some(({ name }) => call.includes(` ${name}`)) || call.includes(" --")
}

function isKnown(name: string, rest: string): boolean {
  const command = COMMANDS.find((each) => each.name === name)
  if (command === undefined) return name === "--"
  const flags = [...command.options, ...(command.commands ?? []).flatMap(({ options }) => options)]
  const known = flags.flatMap((option) => option.flags.split(/[ ,]+/))
  return [...rest.matchAll(/--[a-z-]+/g)].every(([flag]) => known.includes(flag))
}

/**
 * In the place of npm and of installing: the packages are installed here already, and `npm test` is what is running. Everything
 * else, that is `npm run`, is passed on as npm would: the demo to the launcher, all else to the program as it is shipped.
 */
function shims(): string {
  const folder = join(copy.folder, "shims")
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, "npm"),
    `#!/bin/sh
case "$1 $2 $3" in
  "ci  "|"test  ") exit 0 ;;
  "run -s demo") shift 3; exec "${process.execPath}" "${LAUNCHER}" demo "$@" ;;
  "run -s regatta") shift 4; exec "${process.execPath}" "${PROGRAM}" "$@" ;;
esac
echo "the documents call npm $*, which no test knows" >&2
exit 1
`,
    { mode: 0o755 },
  )
  writeFileSync(join(folder, "bash"), '#!/bin/sh\n[ "$1" = scripts/install-system-packages.sh ]\n', { mode: 0o755 })
  return folder
}
