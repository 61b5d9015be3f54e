import type { Migration } from "../layout.ts"

/** Times are milliseconds UTC, money is millionths of a dollar, JSON is text. */
export const runsAndRows: Migration = {
  version: 1,
  name: "runs-and-rows",
  oldestWriter: 1,
  statements: [
    `create table layout (
      version bigint not null primary key,
      name text not null,
      oldest_writer bigint not null
    )`,

    // record: as it stands; created: as it was made, so that a repeated creation is told apart from another run of the same id.
    // terms: the part of the record that a claim needs, so that a commit does not read all of it.
    `create table runs (
      run text not null primary key,
      version bigint not null,
      table_schema bigint not null,
      created_at bigint not null,
      terms text not null,
      record text not null,
      created text not null
    )`,
    "create index runs_by_time on runs (created_at, run)",

    // Sums that every commit of the run keeps; sequence numbers its writes in the order of their commits.
    `create table run_totals (
      run text not null primary key,
      sequence bigint not null default 0,
      reserved_micro_usd bigint not null default 0,
      spent_micro_usd bigint not null default 0,
      unknown_costs bigint not null default 0,
      waiting bigint not null default 0,
      launching bigint not null default 0,
      running bigint not null default 0,
      stopping bigint not null default 0,
      completed bigint not null default 0,
      failed bigint not null default 0,
      stopped bigint not null default 0
    )`,

    // A row without a record has no line here, except one that was only noted (version 0).
    `create table run_rows (
      run text not null,
      row_index bigint not null,
      version bigint not null,
      sequence bigint not null,
      change_id text,
      is_unfinished bigint not null,
      record text not null,
      held_place text,
      held_instances bigint,
      held_micro_usd bigint,
      noted text,
      primary key (run, row_index)
    )`,
    "create unique index run_rows_by_sequence on run_rows (run, sequence)",
    "create index run_rows_unfinished on run_rows (run, row_index) where is_unfinished = 1",

    // row_version: the write that ended the attempt, which is also the order of a row's attempts.
    `create table ended_attempts (
      run text not null,
      row_index bigint not null,
      row_version bigint not null,
      attempt text not null,
      primary key (run, row_index, row_version)
    )`,

    // Live instances by place key, over all runs; only places with a limit have a line.
    `create table places (
      place text not null primary key,
      live bigint not null
    )`,

    `create table leases (
      owner text not null primary key,
      until_at bigint not null
    )`,

    `create table seats (
      name text not null primary key,
      version bigint not null,
      holder text not null,
      taken_at bigint not null
    )`,
  ],
}
