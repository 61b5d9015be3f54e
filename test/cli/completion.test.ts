import { execFileSync } from "node:child_process"
import { describe, expect, test } from "vitest"
import { UNBUILT_COMMANDS } from "../../src/cli/unbuilt-commands.ts"
import { TestBed } from "./test-bed.ts"

/** What bash offers for the last of these words. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const { out } = await new TestBed().call("completion bash")
  const typed = words.map((word) => `'${word}'`).join(" ")
  const script = `${out}\ncd /usr\nCOMP_WORDS=(regatta ${typed}); COMP_CWORD=${words.length}; _regatta; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync("bash", ["-c", script], { encoding: "utf8" }).trim().split("\n")
}

describe("completion in bash", () => {
  test("of `completion` offers the shells, and no files", async () => {
    expect(await offered("completion", "")).toEqual(["bash", "zsh", "fish"])
    expect(await offered("completion", "z")).toEqual(["zsh"])
  })

  test("of `help` offers its topics, and no files", async () => {
    const topics = await offered("help", "")
    expect(topics).toEqual(expect.arrayContaining(["exit-codes", "submit", "retry"]))
    expect(topics).not.toContain("bin")
    for (const name of Object.keys(UNBUILT_COMMANDS)) expect(topics).not.toContain(name)
  })

  test("of other commands offers files and options", async () => {
    expect(await offered("plan", "")).toEqual(expect.arrayContaining(["bin", "--save"]))
    expect(await offered("config", "s")).toEqual(expect.arrayContaining(["show", "schema"]))
  })
})

test.each([
  ["zsh", "'completion') commands=('bash:bash, zsh or fish' 'zsh:bash, zsh or fish' 'fish:bash, zsh or fish')"],
  ["zsh", "'exit-codes:a command, or exit-codes'"],
  ["fish", "-n '__fish_seen_subcommand_from completion' -a fish "],
  ["fish", "-n '__fish_seen_subcommand_from help' -a exit-codes "],
])("completion in %s has %s", async (shell, line) => {
  expect((await new TestBed().call(`completion ${shell}`)).out).toContain(line)
})
