#!/usr/bin/env node
// Starts Regatta under a Node that can run it; plain JavaScript that any Node from 20 parses.
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import module, { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const source = join(root, "src", "cli", "main.ts")
const bundle = join(root, "dist", "main.js")
const entry = existsSync(source) ? source : bundle
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
// 22.18 strips types unasked and has node:sqlite without a flag.
const isEnough = major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)

if (isEnough) {
  module.enableCompileCache?.()
  process.argv[1] = entry
  await import(pathToFileURL(entry).href)
} else {
  process.exitCode = await underOwnNode()
}

/** The same command under the `node` package's binary, with our stdio, arguments and signals. */
function underOwnNode() {
  let binary
  try {
    binary = join(dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin", "node")
  } catch {
    binary = ""
  }
  if (!existsSync(binary)) {
    process.stderr.write(
      `regatta needs Node 22.18 or newer; this is ${process.version} and the package's own Node is not installed.\n` +
        "Run `npm install` where regatta is installed, and allow the install script of the package `node`.\n",
    )
    return Promise.resolve(1)
  }
  const child = spawn(binary, [entry, ...process.argv.slice(2)], { stdio: "inherit" })
  process.on("SIGTERM", () => child.kill("SIGTERM"))
  process.on("SIGHUP", () => child.kill("SIGHUP"))
  // A terminal sends Ctrl-C to the whole foreground group: passed on, it would reach the child twice.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"))
  return new Promise((resolve) => {
    child.once("error", (error) => {
      process.stderr.write(`cannot start ${binary}: ${error.message}\n`)
      resolve(1)
    })
    child.once("exit", (code, signal) => {
      if (signal === null) return resolve(code ?? 1)
      for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(name)
      process.kill(process.pid, signal)
    })
  })
}
