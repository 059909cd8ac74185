export { connectInProcess, type InProcess } from "./connect-in-process.ts";
