// The configuration in force: defaults < regatta.yaml < environment < flags, and where each value came from.
// Pure: it reads no file and no environment that was not handed in.

import type { AfterStep } from "./core/after/after-step.ts"
import { catalogUrl } from "./core/config/catalog-url.ts"
import { homeRegion } from "./core/config/child-settings.ts"
import type { Config, Origin } from "./core/config/config.ts"
import type { ConfigFile } from "./core/config/config-file.ts"
import { account, codeLocation, homeKind, platform, prefix, table } from "./core/config/config-schema.ts"
import { eventQueueKind } from "./core/config/event-queue.ts"
import { RegattaError } from "./core/errors.ts"
import { fileUri } from "./core/file-uri.ts"
import type { Kind } from "./core/manifest/kind.ts"
import { withoutPassword } from "./core/manifest/secrets.ts"
import { STAND_IN_COMMANDS } from "./core/manifest/stand-ins.ts"
import type { NotifySettings } from "./core/notice/notice.ts"
import { isInS3, resolvePath } from "./core/paths.ts"
import type { LocalSettings } from "./core/run/run.ts"

export interface ConfigOverrides {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The caller's folder: relative paths of environment and flags begin here. */
  readonly cwd: string
  readonly flags: {
    readonly on: string | null
    readonly table: string | null
    /** In place of what regatta.yaml and REGATTA_HOME name. */
    readonly stateFolder: string | null
  }
}

export const CONFIG_DEFAULTS = {
  prefix: "rg",
  on: "local",
  parallel: 4,
  stopGraceSeconds: 30,
} as const

/** @param file null: there is no regatta.yaml. Error `usage`: a variable or flag is wrong. */
export function mergeConfig(file: ConfigFile | null, overrides: ConfigOverrides): Config {
  const { env, cwd, flags } = overrides
  const values = file?.values ?? {}
  const folder = file?.folder ?? cwd
  const origins: Record<string, Origin> = fileOrigins(file)
  const choose = chooser(env, origins)
  // Of a regatta.yaml in S3 the state stays on this machine.
  const stateFolder = stateFolderOf(isInS3(folder) ? cwd : folder, overrides, origins)
  return {
    file: file?.file ?? null,
    folder,
    stateFolder,
    home: choose("home", homeKind, {
      flag: null,
      variable: "REGATTA_HOME_REGION",
      file: values.home ?? inJob(env),
      fallback: null,
    }),
    account: choose("account", account, {
      flag: null,
      variable: "REGATTA_ACCOUNT",
      file: values.account,
      fallback: null,
    }),
    prefix: choose("prefix", prefix, {
      flag: null,
      variable: "REGATTA_PREFIX",
      file: values.prefix,
      fallback: CONFIG_DEFAULTS.prefix,
    }),
    on: choose("on", platform, {
      flag: flags.on,
      variable: "REGATTA_ON",
      file: values.on,
      fallback: CONFIG_DEFAULTS.on,
    }),
    table: sqlitePath(
      choose("table", table, {
        flag: flags.table,
        variable: "REGATTA_TABLE",
        file: values.table === undefined ? undefined : sqlitePath(values.table, folder),
        fallback: `sqlite:${stateFolder}/table.sqlite`,
      }),
      cwd,
    ),
    storageMap: resolved(values.storage?.map ?? {}, folder),
    ...codeLocationOf(
      choose("storage.code", codeLocation, {
        flag: null,
        variable: "REGATTA_CODE",
        file: values.storage?.code,
        fallback: null,
      }),
    ),
    limits: values.limits ?? {},
    budgetUsd: values.budget ?? null,
    follow: values.follow ?? null,
    ...(values.after === undefined ? {} : { after: values.after.map((step) => withUris(step, folder)) }),
    ...(values.notify === undefined ? {} : { notify: withSecretFile(values.notify, folder) }),
    ...(values.placement === undefined ? {} : { placement: values.placement }),
    ...(values.world === undefined ? {} : { worldFile: resolvePath(folder, values.world) }),
    ...catalogOf(
      choose("catalog", catalogUrl, {
        flag: null,
        variable: "REGATTA_CATALOG",
        file: values.catalog === undefined ? undefined : sqlitePath(values.catalog, folder),
        fallback: null,
      }),
      cwd,
    ),
    prices: values.prices ?? {},
    local: localSettings(values.local, folder, origins),
    batch: values.batch === undefined ? null : values.batch,
    ...(values.schedules === undefined ? {} : { schedules: values.schedules }),
    ...eventQueueOf(
      choose("events.queue", eventQueueKind, {
        flag: null,
        variable: "REGATTA_EVENTS",
        file: values.events?.queue,
        fallback: null,
      }),
    ),
    defaults: file?.defaults ?? {},
    regions: file?.regions ?? {},
    origins,
  }
}

function fileOrigins(file: ConfigFile | null): Record<string, Origin> {
  if (file === null) return {}
  return Object.fromEntries(
    Object.entries(file.lines).map(([key, line]) => [key, { kind: "file", detail: `${file.file}:${line}`, line }]),
  )
}

interface Sources<T, Fallback> {
  readonly flag: string | null
  readonly variable: string
  readonly file: T | undefined
  readonly fallback: Fallback
}

/** Chooses the strongest source of a value and notes it. */
function chooser(env: ConfigOverrides["env"], origins: Record<string, Origin>) {
  return <T, Fallback extends T | null>(
    key: string,
    kind: Kind<T>,
    { flag, variable, file, fallback }: Sources<T, Fallback>,
  ): T | Fallback => {
    const given = env[variable] ?? ""
    const [text, origin]: readonly [string | null, Origin] =
      flag !== null
        ? [flag, { kind: "flag", detail: `--${key}`, line: null }]
        : [given === "" ? null : given, { kind: "environment", detail: variable, line: null }]
    if (text === null) {
      if (file !== undefined) return file
      origins[key] = { kind: "default", detail: "", line: null }
      return fallback
    }
    const outcome = kind.parse(text)
    if (!outcome.ok)
      throw new RegattaError("usage", `${origin.detail}: ${outcome.message}, got "${withoutPassword(text)}"`)
    origins[key] = origin
    return outcome.value
  }
}

function stateFolderOf(folder: string, { env, cwd, flags }: ConfigOverrides, origins: Record<string, Origin>): string {
  const variable = env["REGATTA_HOME"] ?? ""
  if (flags.stateFolder !== null) return resolvePath(cwd, flags.stateFolder)
  if (variable === "") {
    origins["state_folder"] = { kind: "default", detail: "", line: null }
    return resolvePath(folder, ".regatta")
  }
  origins["state_folder"] = { kind: "environment", detail: "REGATTA_HOME", line: null }
  return resolvePath(cwd, variable)
}

/** In a Batch child or a follower there, where it runs is home. */
function inJob(env: ConfigOverrides["env"]): string | undefined {
  return (env["AWS_BATCH_JOB_ID"] ?? "") === "" ? undefined : (homeRegion(env) ?? undefined)
}

function codeLocationOf(location: string | null): Pick<Config, "codeLocation"> {
  return location === null ? {} : { codeLocation: location }
}

function eventQueueOf(queue: string | null): Pick<Config, "eventQueue"> {
  return queue === null ? {} : { eventQueue: queue }
}

function catalogOf(catalog: string | null, cwd: string): Pick<Config, "catalog"> {
  return catalog === null ? {} : { catalog: sqlitePath(catalog, cwd) }
}

/** Other tables have no path. */
function sqlitePath(name: string, folder: string): string {
  if (!name.startsWith("sqlite:")) return name
  return `sqlite:${resolvePath(folder, name.slice("sqlite:".length))}`
}

function resolved(paths: Readonly<Record<string, string>>, folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(paths).map(([key, path]) => [key, resolvePath(folder, path)]))
}

function withSecretFile(notify: NotifySettings, folder: string): NotifySettings {
  const { webhook } = notify
  if (webhook === null || webhook.secretFile === null) return notify
  return { ...notify, webhook: { ...webhook, secretFile: resolvePath(folder, webhook.secretFile) } }
}

/** A path of a transform is relative to the regatta.yaml. */
function withUris(step: AfterStep, folder: string): AfterStep {
  // What is filled in for each row stays as it is written.
  const escaped = (path: string) => fileUri(path).replaceAll(/%7B([a-z]+)%7D/g, "{$1}")
  const uri = (location: string) => (/^[a-z0-9]+:/.test(location) ? location : escaped(resolvePath(folder, location)))
  const { transform } = step
  if (transform === null) return step
  const { input, output } = transform
  return { ...step, transform: { ...transform, input: uri(input), output: output === null ? null : uri(output) } }
}

function localSettings(
  values: ConfigFile["values"]["local"],
  folder: string,
  origins: Record<string, Origin>,
): LocalSettings {
  const parallel = values?.parallel ?? CONFIG_DEFAULTS.parallel
  const standIns = Object.keys(STAND_IN_COMMANDS).map((name) => `algorithms.${name}`)
  for (const key of ["install", "parallel", "parallel_per_region", "stop_grace", ...standIns]) {
    origins[`local.${key}`] ??= { kind: "default", detail: "", line: null }
  }
  return {
    install: values?.install ?? false,
    algorithms: { ...STAND_IN_COMMANDS, ...commands(values?.algorithms, folder) },
    ...(values?.serving === undefined ? {} : { serving: commands(values.serving, folder) }),
    parallel,
    parallelPerRegion: values?.parallel_per_region ?? parallel,
    stopGraceSeconds: values?.stop_grace ?? CONFIG_DEFAULTS.stopGraceSeconds,
  }
}

function commands(
  given: Readonly<Record<string, string | readonly string[]>> | undefined,
  folder: string,
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries(given ?? {}).map(([name, command]) => [name, commandWords(command, folder)]))
}

/** A command as words; those that begin with `./` or `../` are paths beside the regatta.yaml. */
function commandWords(command: string | readonly string[], folder: string): readonly string[] {
  const words = typeof command === "string" ? command.split(/\s+/).filter((word) => word !== "") : command
  return words.map((word) => (/^\.\.?\//.test(word) ? resolvePath(folder, word) : word))
}
