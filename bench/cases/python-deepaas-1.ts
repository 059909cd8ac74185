// Requests per second of a no-op predict in Python beside DEEPaaS, 1 caller.
import type { BenchCase } from "../bench-case.ts";
import { besideDeepaas } from "../python-deepaas.ts";

export default { name: "python-deepaas-1", goal: { atLeast: 5 }, ...besideDeepaas(1) } satisfies BenchCase;
