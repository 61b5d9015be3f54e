import { describe, expect, test } from "vitest"
import { findColumn } from "../../../../src/core/manifest/find-column.ts"

describe("findColumn", () => {
  test("takes s3_location for the location of channel train", () => {
    expect(findColumn("s3_location")).toMatchObject({ ok: true, column: { name: "channel.train", key: "train" } })
  })

  test.each([
    ["hp.optimizer.lr", "hp.<name>", "optimizer.lr"],
    ["hp.batch-size", "hp.<name>", "batch-size"],
    ["env.LOG_LEVEL", "env.<NAME>", "LOG_LEVEL"],
    ["tag.cost:center", "tag.<key>", "cost:center"],
    ["metric.val loss", "metric.<name>", "val loss"],
    ["channel.a-b_1.data_type", "channel.<name>.data_type", "a-b_1"],
  ])("reads %s", (name, of, key) => {
    expect(findColumn(name)).toMatchObject({ ok: true, column: { name, of, key } })
  })

  test.each([
    ["instance_typ", "instance_type"],
    ["Instance_Type", "instance_type"],
    ["volume_size", "volume_gb"],
    ["image_uri", "image"],
    ["checkpoint_s3_uri", "checkpoint"],
    ["max_run", "max_runtime"],
    ["use_spot_instances", "spot"],
    ["subnets", "vpc.subnets"],
    ["processes_per_host", "mpi.processes_per_host"],
    ["hyperparameters.lr", "hp.lr"],
    ["hps.lr", "hp.lr"],
    ["enviroment.A", "env.A"],
    ["tags.team", "tag.team"],
    ["channels.train", "channel.train"],
    ["channel.train.distributon", "channel.train.distribution"],
    ["channel.train.contenttype", "channel.train.content_type"],
    ["learning_rate", "hp.learning_rate"],
    ["weight_decay", "hp.weight_decay"],
  ])("refuses %s and names %s", (name, nearest) => {
    expect(findColumn(name)).toMatchObject({ ok: false, message: expect.stringContaining(`"${nearest}"`) })
  })

  test.each([
    ["hp.", 'in "hp.<name>" the name is a name of 1 to 256 characters'],
    ["env.MY-NAME", "letters, digits and _"],
    ["env.1A", "letters, digits and _"],
    ["tag.aws:x", "does not begin with aws: or regatta:"],
    ["tag.Regatta:run", "does not begin with aws: or regatta:"],
    ["channel.a b", "letters, digits, _ and -"],
    [`channel.${"x".repeat(65)}`, "1 to 64"],
    ["channel.", "1 to 64"],
  ])("refuses the name in %s", (name, message) => {
    expect(findColumn(name)).toMatchObject({ ok: false, message: expect.stringContaining(message) })
  })
})
