import { beforeEach, describe, expect, test } from "vitest"
import { RegattaError } from "../../src/core/errors.ts"
import { type CatalogScript, ScriptedCatalog } from "../fakes/scripted-catalog.ts"
import { HOME, TestBed } from "./test-bed.ts"

const QUERY = `select
  d.region,
  d.quality as "hp.quality",
  d.hosts as instance_count,
  d.spot
from datasets d
order by d.region`
const ARRAY = "select region, s3_location from datasets where campaign = :campaign order by rank"

let bed: TestBed
let urls: string[]
beforeEach(() => {
  urls = []
  bed = new TestBed({ [`${HOME}/query.sql`]: QUERY, [`${HOME}/array.sql`]: ARRAY })
})

function answers(script: CatalogScript): ScriptedCatalog {
  const catalog = new ScriptedCatalog(script)
  bed.catalog = async (url) => {
    urls.push(url)
    return catalog
  }
  return catalog
}

const FROM = "--from postgres://ada@db.example/catalog"
const COLUMNS = { region: "text", "hp.quality": "number", instance_count: "number", spot: "switch" } as const
const ROWS = [
  ["us-east-1", "0.7", "1", "true"],
  ["eu-west-1", "0.9", null, null],
]

describe("catalog", () => {
  test("prints a manifest that submit takes and trains", async () => {
    const columns = { region: "text", "hp.quality": "number", "hp.outcome": "text" } as const
    const catalog = answers({ columns, batches: [[["us-east-1", "0.7", "completed"]]] })
    const { code, out, err } = await bed.call(`catalog query.sql ${FROM}`)
    expect([code, out, err]).toEqual([0, "region,hp.quality,hp.outcome\nus-east-1,0.7,completed\n", ""])
    expect(catalog.asked[0]).toMatchObject({ text: QUERY, values: [], patience: 600_000 })
    bed.files.put(`${HOME}/manifest.csv`, out)
    expect((await bed.call("submit manifest.csv --wait -y")).code).toBe(0)
  })

  test("writes a file whole, and says what is next", async () => {
    const catalog = answers({ columns: COLUMNS, batches: [[ROWS[0] ?? []], [ROWS[1] ?? []]] })
    const { out, err } = await bed.call(`catalog query.sql ${FROM} -o all/manifest.csv`)
    expect([out, err]).toEqual(["", "2 rows in all/manifest.csv; next: regatta plan all/manifest.csv\n"])
    expect(await bed.files.readText(`${HOME}/all/manifest.csv`)).toBe(
      "region,hp.quality,instance_count,spot\nus-east-1,0.7,1,true\neu-west-1,0.9,,\n",
    )
    expect(catalog.open).toBe(0)
  })

  test("writes an array file without a header, its parameters never in the text", async () => {
    const catalog = answers({
      columns: { region: "text", s3_location: "text" },
      batches: [[["us-east-1", "s3://imagenet-us-east-1/x"]]],
    })
    const { out, err } = await bed.call([
      "catalog",
      "array.sql",
      ...FROM.split(" "),
      "--param",
      "campaign=a'; b=c",
      "--headerless",
      "-o",
      "array.csv",
    ])
    expect([out, err]).toEqual(["", "1 row in array.csv; next: regatta plan array.csv\n"])
    expect(await bed.files.readText(`${HOME}/array.csv`)).toBe("us-east-1,s3://imagenet-us-east-1/x\n")
    expect(catalog.asked[0]?.values).toEqual(["a'; b=c"])
    expect(catalog.asked[0]?.text).toBe(ARRAY.replace(":campaign", "$1"))
  })

  test("names the columns for plan where an array file has others", async () => {
    answers({ columns: COLUMNS, batches: [ROWS] })
    const { err } = await bed.call(`catalog query.sql ${FROM} --headerless -o array.csv`)
    expect(err).toContain("next: regatta plan array.csv --columns region,hp.quality,instance_count,spot\n")
  })

  test("quotes as RFC 4180 says", async () => {
    answers({
      columns: { region: "text", "hp.a": "text" },
      batches: [
        [
          ["us-east-1", 'a "b", c'],
          ["us-east-1", " d"],
        ],
      ],
    })
    const { out } = await bed.call(`catalog query.sql ${FROM}`)
    expect(out).toBe('region,hp.a\nus-east-1,"a ""b"", c"\nus-east-1," d"\n')
  })

  test("prints JSON, and lines of it", async () => {
    answers({ columns: COLUMNS, batches: [[ROWS[0] ?? []], [ROWS[1] ?? []]] })
    const { json } = await bed.json(`catalog query.sql ${FROM}`)
    expect(json).toMatchObject({
      version: 1,
      size: 2,
      columns: Object.keys(COLUMNS),
      rows: [{ spot: "true" }, { spot: "" }],
    })
    expect((await bed.call(`catalog query.sql ${FROM} -o jsonl`)).out.split("\n")[1]).toBe(
      '{"region":"eu-west-1","hp.quality":"0.9","instance_count":"","spot":""}',
    )
    expect((await bed.call(`catalog query.sql ${FROM} -o name`)).code).toBe(2)
    expect((await bed.call(`catalog query.sql ${FROM} -o json --headerless`)).code).toBe(2)
  })

  test("says what the database remarks, and that rows without an order may come in another", async () => {
    answers({ columns: COLUMNS, batches: [ROWS], remarks: ["a remark"] })
    bed.files.put(`${HOME}/any.sql`, "select 1")
    const { err } = await bed.call(`catalog any.sql ${FROM}`)
    expect(err).toBe("the query has no order by: the same rows may come in another order next time\na remark\n")
  })

  test("finds the database in regatta.yaml, its path beside the file, and in the environment", async () => {
    answers({ columns: COLUMNS, batches: [ROWS] })
    bed.files.put(`${HOME}/deep/regatta.yaml`, "catalog: sqlite:data/catalog.sqlite\n")
    bed.files.put(`${HOME}/deep/query.sql`, QUERY)
    await bed.call("catalog deep/query.sql")
    await bed.call("catalog deep/query.sql", { env: { REGATTA_CATALOG: "sqlite:c.sqlite" } })
    await bed.call("catalog deep/query.sql --from sqlite:d.sqlite")
    const paths = ["deep/data/catalog.sqlite", "c.sqlite", "d.sqlite"]
    expect(urls).toEqual(paths.map((path) => `sqlite:${HOME}/${path}`))
  })
})

describe("catalog refuses", () => {
  /** What is said when the query gives this. */
  async function refusal(script: CatalogScript, line = `catalog query.sql ${FROM} -o x.csv`) {
    const catalog = answers(script)
    const { code, out, err } = await bed.call(line)
    expect([code, out, catalog.open]).toEqual([2, "", 0])
    expect(await bed.files.kind(`${HOME}/x.csv`)).toBeNull()
    return err
  }

  test("columns that no manifest has, with their line and the nearest name", async () => {
    bed.files.put(`${HOME}/query.sql`, "select\n  regoin,\n  x as instance_cuont,\n  1 as lr from t")
    const err = await refusal({ columns: { regoin: "text", instance_cuont: "number", lr: "number" } })
    expect(err).toBe(
      [
        'query.sql line 2, column "regoin": there is no column "regoin" (did you mean "region"?)',
        'query.sql line 3, column "instance_cuont": there is no column "instance_cuont" (did you mean "instance_count"?)',
        'query.sql line 4, column "lr": there is no column "lr"; a hyperparameter is "hp.lr"',
        "error: /home/ada/query.sql has 3 problems; nothing was written\n",
      ].join("\n"),
    )
  })

  test("wrong values, alike ones together, with row, line, column and type", async () => {
    const rows = [
      ["us-est-1", "0.1", "1", "true"],
      ["us-east-1", "0.1", "0", "maybe"],
      ["us-east-1", "0.1", "0", { unreadable: "no cell can hold it" }],
      [null, "0.1", "2.5", "1"],
    ]
    expect(await refusal({ columns: COLUMNS, batches: [rows, [["us-east-1", "1", "0", null]]] })).toBe(
      [
        'query.sql line 2, column "region": row 0: there is no AWS region "us-est-1" (did you mean "us-east-1"?), got "us-est-1"',
        'query.sql line 4, column "instance_count": row 1 and 2 more: expected a whole number from 1 to 10000 (the query gives number), got "0"',
        'query.sql line 5, column "spot": row 1: expected true or false (the query gives switch), got "maybe"',
        'query.sql line 5, column "spot": row 2: no cell can hold it',
        'query.sql line 2, column "region": row 3: is not set: each row needs the AWS region of its data',
        'query.sql line 4, column "instance_count": row 3: expected a whole number from 1 to 10000 (the query gives number), got "2.5"',
        'query.sql line 5, column "spot": row 3: expected true or false (the query gives switch), got "1"',
        "error: /home/ada/query.sql has 7 problems; nothing was written\n",
      ].join("\n"),
    )
  })

  test("nothing on stdout either when only the last row is wrong", async () => {
    const good = Array.from({ length: 5000 }, () => ROWS[0] ?? [])
    const err = await refusal(
      { columns: COLUMNS, batches: [good, [["mars", "1", "1", null]]] },
      `catalog query.sql ${FROM}`,
    )
    expect(err).toContain('row 5000: there is no AWS region "mars"')
  })

  test("to read on behind fifty different problems", async () => {
    const rows = Array.from({ length: 200 }, (_, at) => ["us-east-1", "1", `x${at}`, null])
    const err = await refusal({ columns: COLUMNS, batches: [rows, [["mars", "1", "1", null]]] })
    expect(err).toContain("has 50 problems; there may be more: what is behind it was not read; nothing was written")
    expect(err).not.toContain("mars")
  })

  test("a value that looks like a credential, and shows none of it", async () => {
    const secret = "AKIAIOSFODNN7EXAMPLE"
    const err = await refusal({ columns: { region: "text", "hp.key": "text" }, batches: [[["us-east-1", secret]]] })
    expect(err).toContain("this is an AWS access key")
    expect(err).not.toContain(secret)
  })

  test.each([
    [{ columns: COLUMNS }, "query.sql: the query gives no row"],
    [{ columns: COLUMNS, batches: [[[null, null, null, null]]] }, "row 0: is not set"],
    [{ columns: { "hp.x": "number" } }, "no column is named region"],
    [{ columns: { region: "text", s3_location: "text", "channel.train": "text" } }, "this column is there twice"],
    [
      { columns: { region: "text", "hp.x": "unreadable" } },
      "no cell can hold a value of type unreadable: cast it to text",
    ],
    [{ columns: { region: "text", place: "text" }, batches: [[["auto", "cheap"]]] }, "expected one of pinned, data"],
    [{ columns: { region: "text", placement: "text" } }, 'did you mean "place"'],
    [{ columns: { region: "text", "tag.a": "text" }, batches: [[["us-east-1", "a\0b"]]] }, "it holds a zero byte"],
    [
      { columns: { region: "text", "tag.a": "text" }, batches: [[["us-east-1", "\uFFFD"]]] },
      "it holds what is not UTF-8",
    ],
  ] as const)("%j", async (script, message) => {
    expect(await refusal(script)).toContain(message)
  })

  test("a row of nulls although regatta.yaml has a region", async () => {
    bed.files.put(`${HOME}/regatta.yaml`, "defaults:\n  region: us-east-1\n")
    expect(await refusal({ columns: { "hp.x": "text" }, batches: [[["1"], [null]]] })).toContain(
      "query.sql: row 1: every value is null: an empty record is no row",
    )
  })

  test("what the database refuses, at its line and character", async () => {
    const at = ARRAY.replace(":campaign", "$1").indexOf("order")
    const error = new RegattaError("invalid", "syntax error at $1", { fields: { position: at } })
    const err = await refusal({ columns: COLUMNS, error }, `catalog array.sql ${FROM} --param campaign=x`)
    expect(err).toContain(`array.sql line 1: at character ${ARRAY.indexOf("order") + 1}: syntax error at :campaign\n`)
  })

  test("what SQLite refuses, at the only place where it can be", async () => {
    bed.files.put(`${HOME}/query.sql`, "select region,\n  qualtiy from t")
    const error = new RegattaError("invalid", "no such column: qualtiy")
    expect(await refusal({ columns: COLUMNS, error, dialect: "sqlite" })).toContain(
      "query.sql line 2: at character 3: no such column: qualtiy\n",
    )
  })

  test.each([
    ["catalog array.sql", "the parameter :campaign has no value: give --param campaign=…"],
    ["catalog query.sql --param campain=x", "--param campain: the query has no parameter :campain"],
    [
      "catalog array.sql --param campaign=x --param campaing=x",
      'has no parameter :campaing (did you mean "campaign"?)',
    ],
    ["catalog array.sql --param campaign", "--param is name=value"],
    ["catalog array.sql --param campaign=x --param campaign=y", "--param campaign is given twice"],
    ["catalog gone.sql", "there is no query /home/ada/gone.sql"],
    ["catalog two.sql", "two.sql line 2: at character 1: a second statement begins here"],
    ["catalog write.sql", "only a query that gives rows is run"],
    ["catalog binary.sql", "binary.sql line 1: at character 8: it holds bytes that are not UTF-8"],
    ["catalog query.sql --region auto", "--region is not built yet: the query names it"],
    ["catalog query.sql --timeout soon", "--timeout is a duration"],
  ])("%s", async (line, message) => {
    bed.files.put(`${HOME}/two.sql`, "select 1;\ndrop table t")
    bed.files.put(`${HOME}/write.sql`, "delete from t")
    bed.files.put(`${HOME}/binary.sql`, new Uint8Array([...new TextEncoder().encode("select "), 0xff]))
    expect(await refusal({ columns: COLUMNS, batches: [ROWS] }, `${line} ${FROM}`)).toContain(message)
  })

  test.each([
    "postgres://ada:planted-secret@db.example/c",
    "postgres://ada:?planted-secret@db.example/c",
    "postgres://ada:a@/planted-secret@db.example/c",
    "postgres://db.example/c?password=planted-secret",
  ])("a password in %s, and does not say it", async (url) => {
    const err = await refusal({ columns: COLUMNS }, `catalog query.sql --from ${url}`)
    expect(err).toContain("without a password")
    expect(err).not.toContain("planted-secret")
    expect(urls).toEqual([])
  })

  test("a password with a blank, one in the environment and one in regatta.yaml, and does not say it", async () => {
    const url = "postgres://ada:a planted-secret@db.example/c"
    const { files } = bed
    const typed = await bed.call(["catalog", "query.sql", "--from", url])
    const set = await bed.call("catalog query.sql", { env: { REGATTA_CATALOG: url.replace(" ", "") } })
    files.put(`${HOME}/regatta.yaml`, `catalog: ${url.replace(" ", "")}\n`)
    const written = await bed.call("catalog query.sql")
    for (const { code, out, err } of [typed, set, written]) {
      expect([code, out]).toEqual([2, ""])
      expect(err).toContain("without a password")
      expect(err).not.toContain("planted-secret")
    }
  })

  test("no database, and one of no known kind", async () => {
    expect(await refusal({ columns: COLUMNS }, "catalog query.sql")).toContain("no database is named")
    expect(await refusal({ columns: COLUMNS }, "catalog query.sql --from mysql://db/c")).toContain(
      "expected sqlite:<path> or postgres://user@host/database",
    )
  })

  test("more rows than a manifest may have", async () => {
    const rows = Array.from({ length: 1000 }, () => ["us-east-1"])
    const batches = Array.from({ length: 1001 }, () => rows)
    expect(await refusal({ columns: { region: "text" }, batches })).toContain(
      "more than the 1,000,000 rows of a manifest",
    )
  })
})

describe("catalog gives up", () => {
  test("when --timeout has passed, with exit 6", async () => {
    const catalog = answers({ columns: COLUMNS, isEndless: true })
    const { code, out, err } = await bed.call(`catalog query.sql ${FROM} --timeout 30s -o x.csv`)
    expect([code, out, catalog.open]).toEqual([6, "", 0])
    expect(err).toContain("the query did not end within 30 s; nothing was written")
    expect(catalog.asked[0]?.patience).toBe(30_000)
  })

  test("at Ctrl-C, with exit 130", async () => {
    const catalog = answers({ columns: COLUMNS, isEndless: true })
    const { code, out } = await bed.call(`catalog query.sql ${FROM} -o x.csv`, {
      after: [5_000, (call) => call.interrupt()],
    })
    expect([code, out, catalog.open]).toEqual([130, "", 0])
    expect(await bed.files.kind(`${HOME}/x.csv`)).toBeNull()
  })
})
