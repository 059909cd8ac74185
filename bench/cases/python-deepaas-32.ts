// Requests per second of a no-op predict in Python beside DEEPaaS, 32 callers.
import type { BenchCase } from "../bench-case.ts";
import { besideDeepaas } from "../python-deepaas.ts";

export default { name: "python-deepaas-32", goal: { atLeast: 8 }, ...besideDeepaas(32) } satisfies BenchCase;
