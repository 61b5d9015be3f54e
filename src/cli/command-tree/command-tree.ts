// Every command that is built, as data: its arguments, its options and where its code is.
// It reads no command's code; `unbuilt-commands.ts` has the names that are refused.
import type { CommandSpec } from "../command.ts"
import { ACT_COMMANDS } from "./act-commands.ts"
import { AFTER_COMMANDS } from "./after-commands.ts"
import { COPY_COMMANDS } from "./copy-commands.ts"
import { OTHER_COMMANDS } from "./other-commands.ts"
import { RUN_COMMANDS } from "./run-commands.ts"
import { SCHEDULE_COMMANDS } from "./schedule-commands.ts"
import { SEE_COMMANDS } from "./see-commands.ts"
import { START_COMMANDS } from "./start-commands.ts"

export const COMMANDS: readonly CommandSpec[] = [
  ...START_COMMANDS,
  ...RUN_COMMANDS,
  ...SCHEDULE_COMMANDS,
  ...SEE_COMMANDS,
  ...ACT_COMMANDS,
  ...COPY_COMMANDS,
  ...AFTER_COMMANDS,
  ...OTHER_COMMANDS,
]
