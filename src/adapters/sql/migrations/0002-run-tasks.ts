import type { Migration } from "../layout.ts"

/** Work of a run beside its rows: steps after it, and notifications. Only adds. */
export const runTasks: Migration = {
  version: 2,
  name: "run-tasks",
  oldestWriter: 1,
  statements: [
    `create table run_tasks (
      run text not null,
      task_key text not null,
      version bigint not null,
      state text not null,
      primary key (run, task_key)
    )`,
  ],
}
