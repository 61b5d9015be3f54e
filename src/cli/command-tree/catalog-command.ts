import type { CommandSpec } from "../command.ts"
import { CONFIG } from "../options.ts"
import { argument } from "./arguments.ts"

export const CATALOG_COMMAND: CommandSpec = {
  name: "catalog",
  group: "Start:",
  summary: "fill a manifest from a SQL database: PostgreSQL, SQLite",
  arguments: [argument("QUERY", "the query, a file of SQL whose columns are those of a manifest")],
  options: [
    {
      flags: "--from <url>",
      summary: "the database: sqlite:<path> or postgres://user@host/database (default: catalog of regatta.yaml)",
    },
    {
      flags: "--param <name=value>",
      summary: "value of :name in the query (repeatable)",
      isRepeatable: true,
    },
    { flags: "--headerless", summary: "write no header: an array file" },
    { flags: "--timeout <duration>", summary: "give the query up after this time (default: 10m), and exit 6" },
    { flags: "--out <file>", summary: "write to this file (default: stdout)" },
    { flags: "-o, --output <format>", summary: "csv, json or jsonl; or the file, as --out" },
    {
      flags: "--region <region>",
      summary: "choose the region of each row",
      unbuilt: "the query names it, or gives auto and a column place, and plan chooses",
    },
    ...CONFIG,
  ],
  examples: [
    "catalog query.sql -o manifest.csv",
    "catalog array.sql --from postgres://reader@db.example/catalog --param campaign=imagenet2012 --headerless > array.csv",
  ],
  ownsInterrupt: true,
  load: async () => (await import("../commands/catalog.ts")).catalog,
}
