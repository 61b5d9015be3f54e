/** By their numbers, a missing one as 0: 1.9 is before 1.12, and 1.0-1 before 1.0-2. */
export function isBefore(version: string, other: string): boolean {
  const [ours, theirs] = [version, other].map((each) => each.split(/[.-]/).map(Number)) as [number[], number[]]
  for (let at = 0; at < Math.max(ours.length, theirs.length); at++) {
    const difference = (ours[at] ?? 0) - (theirs[at] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

/** `2.3` of `2.3.1`. */
export function seriesOf(version: string): string {
  return version.split(".").slice(0, 2).join(".")
}

/** Two or three numbers: `2.3` is the newest of its series, and `2.3.0` itself. */
export const FRAMEWORK_VERSION = /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))?$/
