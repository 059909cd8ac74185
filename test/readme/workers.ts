// The example of packages/workers/README.md; packages.test.ts runs this file.
// #region workers
import { createHost } from "@deepaas/core";
import { workers } from "@deepaas/workers";

const executor = workers({ modules: { hello: "examples/hello/hello.ts" }, predict: 2 });
const host = await createHost({ executor });
console.log(await host.predict("hello", { x: 3 }));
await host.close();
// #endregion workers
