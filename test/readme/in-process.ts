// The example of packages/in-process/README.md; packages.test.ts runs this file.
// #region in-process
import { createHost, defineModel, Type } from "@deepaas/core";
import { connectInProcess } from "@deepaas/in-process";

const doubler = defineModel({
  getPredictArgs: () => ({ x: Type.Number() }),
  schema: { y: Type.Number() },
  predict: ({ x }) => ({ y: 2 * x }),
});

const host = await createHost({ models: { doubler } });
const { y } = await connectInProcess(host).model("doubler").predict({ x: 3 }); // y is a number
console.log(y);
await host.close();
// #endregion in-process
