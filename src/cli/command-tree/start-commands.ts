import { ALL_METHODS } from "../../core/sweep/methods.ts"
import type { CommandSpec } from "../command.ts"
import { BUDGET, CONFIG, DRY_RUN, MANIFEST, NO_FOLLOWER, ON, OUTPUT, TIMEOUT, YES } from "../options.ts"
import { optional } from "./arguments.ts"
import { CATALOG_COMMAND } from "./catalog-command.ts"

export const START_COMMANDS: readonly CommandSpec[] = [
  {
    name: "demo",
    group: "Start:",
    summary: "the whole story on this machine: rows of four regions trained, watched and compared",
    arguments: [],
    options: [OUTPUT, DRY_RUN],
    ownsInterrupt: true,
    load: async () => (await import("../commands/demo.ts")).demo,
  },
  {
    name: "init",
    group: "Start:",
    summary: "write a regatta.yaml, a small manifest and a training script that work as they are",
    arguments: [optional("FOLDER", "where to (default: this folder)")],
    options: [DRY_RUN, OUTPUT],
    load: async () => (await import("../commands/init.ts")).init,
  },
  {
    name: "sweep",
    group: "Start:",
    summary:
      "write the rows of a search space as a manifest (grid, random, Sobol, Latin hypercube), or search it (ASHA, TPE)",
    arguments: [optional("SPACE", "the search space, a YAML file")],
    options: [
      { flags: "--method <method>", summary: "in place of the file's", choices: ALL_METHODS },
      { flags: "--samples <n>", summary: "number of points, in place of the file's" },
      { flags: "--seed <n>", summary: "seed of all chance, in place of the file's: the same seed, the same bytes" },
      { flags: "--regions <regions>", summary: "spread rows over these regions, separated by commas, by free quota" },
      { flags: "--out <file>", summary: "write to this file (default: stdout)" },
      { flags: "-o, --output <format>", summary: "csv, json, jsonl or name; or the file, as --out" },
      ON,
      { flags: "--offline", summary: "ask no account for quotas" },
      {
        flags: "--submit",
        summary: "make a run of it and wait; asha and tpe choose its rows by the results of those before",
      },
      { flags: "--resume <run>", summary: "go on with the search of a run, wherever it was left" },
      { flags: "--replay <run>", summary: "make each recorded decision of a search again; exit 3 where one differs" },
      { flags: "--name <name>", summary: "name of the run (default: the file's)" },
      ...BUDGET,
      ...MANIFEST.filter(({ flags }) => flags.startsWith("--allow-plain-env")),
      NO_FOLLOWER,
      TIMEOUT,
      DRY_RUN,
      YES,
      ...CONFIG,
    ],
    ownsInterrupt: true,
    examples: [
      "sweep space.yaml -o manifest.csv",
      "sweep space.yaml --method sobol --samples 64 > manifest.csv",
      "sweep space.yaml --submit",
      "sweep --resume @last",
    ],
    load: async () => (await import("../commands/sweep.ts")).sweep,
  },
  CATALOG_COMMAND,
]
