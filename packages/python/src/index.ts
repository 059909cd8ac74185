export { type FoundPython, findPython, PythonNotFoundError, type PythonPlace } from "./find-python.ts";
export { type PythonProgram, pythonProgram } from "./python-program.ts";
