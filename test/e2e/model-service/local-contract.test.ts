import { modelServiceContract } from "../../contract/model-service/suite.ts"
import { aLocalBench } from "./local-bench.ts"

modelServiceContract("local, real processes", async () => aLocalBench())
