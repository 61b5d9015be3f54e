/** Starts processes whose output is read and whose end is told; each leads a group of its own. */
export interface ChildProcesses {
  /** Rejects with the system's error (ENOENT, EAGAIN, …) when it could not be started. */
  start(child: ChildStart): Promise<RunningChild>
}

export interface ChildStart {
  readonly command: readonly [string, ...string[]]
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Standard output and error, in the order in which they were read, without the line's end. */
  readonly onLine: (line: string) => void
  /** Called once, after the last line: the exit code, 128 + number where a signal ended it. */
  readonly onEnd: (exitCode: number) => void
}

export interface RunningChild {
  readonly pid: number
  /** To the whole group; nothing happens after the end. */
  signal(signal: "SIGTERM" | "SIGKILL"): void
  /** SIGTERM, then SIGKILL when `graceMs` have passed; resolves once the group is gone. */
  end(graceMs: number): Promise<void>
}
