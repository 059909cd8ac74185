export { type DatabaseState, examineDatabase } from "./examine-database.ts";
export { postgresStore } from "./postgres-store.ts";
export type { PostgresStoreOptions } from "./store-options.ts";
