import type { CommandSpec } from "../command.ts"
import { SHELLS } from "../completion-shells.ts"
import { CONFIG, MANIFEST, ON, OUTPUT } from "../options.ts"
import { argument, optional } from "./arguments.ts"

export const OTHER_COMMANDS: readonly CommandSpec[] = [
  {
    name: "emulate",
    group: "Other:",
    summary: "serve modelled regions of AWS on this machine, for trials without an account",
    arguments: [],
    options: [
      { flags: "--port <n>", summary: "where to listen (default: 4590; 0: any free port)" },
      { flags: "--world <file>", summary: "regions, buckets, queues, quotas and faults to begin with" },
      { flags: "--speed <n>", summary: "let time pass n times as fast" },
      { flags: "--state-dir <dir>", summary: "keep the output of Batch's children here" },
      { flags: "--dynamodb <url>", summary: "a DynamoDB Local on this machine that serves the tables" },
      {
        flags: "--train <how>",
        summary: "what training jobs do: only let time pass, or run",
        choices: ["time", "run"],
      },
      { flags: "--seed <n>", summary: "seed of everything that is left to chance" },
      {
        flags: "--container <command>",
        summary: 'start children by this command, e.g. "podman run --rm {env} {image}"',
      },
      { flags: "-o, --output <format>", summary: "format of the environment to use", choices: ["text", "json"] },
    ],
    examples: ["emulate", "emulate --port 0 --speed 60 -o json"],
    load: async () => (await import("../commands/emulate.ts")).emulate,
  },
  {
    name: "doctor",
    group: "Other:",
    summary: "check credentials, regions, roles, quotas, queue, image, clock and table; say how to mend each",
    arguments: [optional("MANIFEST", "also what its rows need")],
    options: [
      ...MANIFEST,
      { flags: "--orphans", summary: "look for training jobs that no row holds, in the regions of the runs" },
      ...CONFIG,
      OUTPUT,
    ],
    examples: ["doctor", "doctor manifest.csv --on aws", "doctor --orphans -o json"],
    load: async () => (await import("../commands/doctor.ts")).doctor,
  },
  {
    name: "policy",
    group: "Other:",
    summary: "the IAM policies that a manifest needs, and no more",
    arguments: [],
    options: [],
    commands: [
      {
        name: "worker",
        group: "Other:",
        summary: "what the role of workers and followers needs",
        arguments: [argument("MANIFEST", "the CSV, or a plan that `plan --save` wrote")],
        options: [
          ...MANIFEST,
          { flags: "--array-file <uri>", summary: "the manifest in S3 of an array that is submitted by hand" },
          { flags: "--array-config <uri>", summary: "the regatta.yaml in S3 that its REGATTA_CONFIG names" },
          ...CONFIG,
        ],
        examples: ["policy worker manifest.csv --on aws"],
        load: async () => (await import("../commands/policy.ts")).policyWorker,
      },
      {
        name: "command",
        group: "Other:",
        summary: "what somebody needs who plans, submits, follows and stops",
        arguments: [argument("MANIFEST", "the CSV, or a plan that `plan --save` wrote")],
        options: [...MANIFEST, ...CONFIG],
        load: async () => (await import("../commands/policy.ts")).policyCommand,
      },
      {
        name: "events",
        group: "Other:",
        summary: "the rules, queue policy and role that forward changes of training jobs to events.queue",
        arguments: [argument("MANIFEST", "the CSV")],
        options: [...MANIFEST, ...CONFIG],
        load: async () => (await import("../commands/policy-events.ts")).policyEvents,
      },
    ],
  },
  {
    name: "config",
    group: "Other:",
    summary: "settings and their origins; the schema of regatta.yaml",
    arguments: [],
    options: [],
    commands: [
      {
        name: "show",
        group: "Other:",
        summary: "every setting as it is in force",
        arguments: [optional("MANIFEST", "as seen from this manifest's folder")],
        options: [{ flags: "--origin", summary: "where each value came from" }, ON, ...CONFIG, OUTPUT],
        load: async () => (await import("../commands/config-show.ts")).configShow,
      },
      {
        name: "schema",
        group: "Other:",
        summary: "JSON Schema of regatta.yaml, for editors",
        arguments: [],
        options: [],
        load: async () => (await import("../commands/config-schema.ts")).configSchema,
      },
    ],
  },
  {
    name: "completion",
    group: "Other:",
    summary: "completion script for a shell",
    arguments: [{ ...argument("SHELL", "bash, zsh or fish"), offers: { words: SHELLS, commands: false } }],
    options: [],
    examples: ["completion bash > ~/.local/share/bash-completion/completions/regatta"],
    load: async () => (await import("../commands/completion.ts")).completion,
  },
  {
    name: "version",
    group: "Other:",
    summary: "version of regatta",
    arguments: [],
    options: [OUTPUT],
    load: async () => (await import("../commands/version.ts")).version,
  },
  {
    name: "help",
    group: "Other:",
    summary: "help on a command, or on exit-codes",
    arguments: [
      {
        name: "TOPIC",
        summary: "a command, or exit-codes",
        isRequired: false,
        isVariadic: true,
        offers: { words: ["exit-codes"], commands: true },
      },
    ],
    options: [],
    load: async () => (await import("../commands/help.ts")).help,
  },
]
