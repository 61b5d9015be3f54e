import type { WorldJob } from "../../src/core/config/world-file.ts"

/** What training jobs do, as in a world file, in seconds: the first rule that chance lets through. */
export const JOB_RULES: readonly WorldJob[] = [
  { chance: 0.05, end: "algorithm_error", starting: [3, 24], training: [10, 200] },
  { chance: 0.02, end: "download_error", starting: [3, 24] },
  { chance: 0.04, end: "capacity_error", starting: [5, 120] },
  { chance: 0.03, internal_errors: [[1, 100]], starting: [3, 24], training: [100, 300] },
  // Longer than max_runtime.
  { chance: 0.02, starting: [3, 24], training: [1300, 1400] },
  // Longer than max_wait before a Spot machine is there.
  { chance: 0.05, match: { spot: true }, starting: [1600, 1700] },
  { chance: 0.01, end: "algorithm_error", reason: "the service says something new", starting: [3, 24] },
  { chance: 0.3, match: { spot: true }, interruptions: [[5, 60]], starting: [3, 24], training: [60, 300] },
  { chance: 0.05, starting: [3, 24], training: [12, 300], uploading: [10, 60], stopping: [100, 130] },
  { starting: [3, 24], training: [12, 300], uploading: [1, 5], stopping: [1, 100] },
]
