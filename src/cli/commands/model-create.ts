import type { Call } from "../command.ts"
import { openModels } from "../open-models.ts"
import { parseFormat, print } from "../output/print.ts"

/** Makes a model of a row's artifact; one that is there already and equal is left as it is. */
export async function modelCreate(call: Call): Promise<number> {
  const { shell, options } = call
  const format = parseFormat(options.text("output"))
  const { run, index, model, models } = await openModels(call)
  const isDry = options.flag("dry-run")
  const made = isDry ? "planned" : await models.createModel(model)
  const said = {
    planned: `would make the model ${model.name} in ${model.region}`,
    created: `made the model ${model.name} in ${model.region}`,
    exists: `the model ${model.name} in ${model.region} is there already`,
  }
  const { name, region, image, artifact, role, environment } = model
  const done = { version: 1, run: run.run, index, made, model: { name, region, image, artifact, role, environment } }
  print(shell, format, {
    document: done,
    rows: [done],
    record: () => ({ run: run.run, index, made, name, region, image, artifact }),
    name: () => name,
    columns: [],
    tableRows: [],
    above: [said[made]],
    empty: "",
  })
  return 0
}
