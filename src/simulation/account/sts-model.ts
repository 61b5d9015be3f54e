import { answered, unknownOperation } from "../service-answers.ts"
import type { ServiceAnswer, ServiceModel, ServiceRequest } from "../service-model.ts"

/** STS: who calls. Its answer is the caller of the request, whom the driver takes from the world. */
export class StsModel implements ServiceModel {
  handle({ operation, caller }: ServiceRequest): ServiceAnswer {
    return answered(() => {
      if (operation !== "GetCallerIdentity") throw unknownOperation(operation)
      return { UserId: "AIDAMODELLEDCALLER000", Account: caller.account, Arn: caller.arn }
    })
  }
}
