// Loaded before a measured process: leaves its peak of resident memory, in KiB, where the benchmark looks for it.
import { writeFileSync } from "node:fs"

const file = process.env.BENCH_PEAK_FILE
// Not for the processes that the measured one starts.
delete process.env.BENCH_PEAK_FILE
if (file !== undefined) process.on("exit", () => writeFileSync(file, String(process.resourceUsage().maxRSS)))
