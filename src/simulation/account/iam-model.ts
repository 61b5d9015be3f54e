import { list, type RequestShape, structure, text, whole } from "../request-shape.ts"
import { answered, checkShape, Refusal, unknownOperation } from "../service-answers.ts"
import type { ServiceAnswer, ServiceModel, ServiceRequest } from "../service-model.ts"
import type { ModelledWorld } from "./modelled-world.ts"

type Input = Readonly<Record<string, unknown>>

const SHAPES: Readonly<Record<string, RequestShape>> = {
  GetRole: structure({ RoleName: text({ least: 1, most: 64, pattern: "[\\w+=,.@-]+" }) }, "RoleName"),
  SimulatePrincipalPolicy: structure(
    {
      PolicySourceArn: text({ least: 20, most: 2048 }),
      ActionNames: list(text({ least: 3, most: 128 })),
      ResourceArns: list(text({ least: 1, most: 2048 })),
      MaxItems: whole(1, 1000),
    },
    "PolicySourceArn",
    "ActionNames",
  ),
}

/** IAM: roles of the world, and what its list of denied actions denies. It knows no policies. */
export class IamModel implements ServiceModel {
  readonly #world: ModelledWorld

  constructor(world: ModelledWorld) {
    this.#world = world
  }

  handle({ operation, input }: ServiceRequest): ServiceAnswer {
    return answered(() => {
      const shape = SHAPES[operation]
      if (shape === undefined) throw unknownOperation(operation)
      checkShape(shape, input, "ValidationError")
      return operation === "GetRole" ? this.#getRole(String(input["RoleName"])) : this.#simulate(input)
    })
  }

  #getRole(name: string): Input {
    const role = this.#world.roleNamed(name)
    if (role === null) throw new Refusal("NoSuchEntity", `The role with name ${name} cannot be found.`, 404)
    const trust = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: role.trusts }, Action: "sts:AssumeRole" }],
    }
    return {
      Role: {
        Path: role.path,
        RoleName: name,
        RoleId: "AROAMODELLEDROLE00000",
        Arn: `arn:aws:iam::${this.#world.account}:role${role.path}${name}`,
        CreateDate: "2026-01-01T00:00:00Z",
        AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(trust)),
        MaxSessionDuration: 3600,
      },
    }
  }

  #simulate(input: Input): Input {
    const actions = input["ActionNames"] as readonly string[]
    const resources = (input["ResourceArns"] ?? ["*"]) as readonly string[]
    const results = actions.flatMap((action) =>
      resources.map((resource) => ({
        EvalActionName: action,
        EvalResourceName: resource,
        EvalDecision: this.#world.isDenied(action) ? "explicitDeny" : "allowed",
        MatchedStatements: [],
        MissingContextValues: [],
      })),
    )
    return { EvaluationResults: results, IsTruncated: false }
  }
}
