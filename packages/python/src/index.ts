export { type DescribedPython, describePython } from "./describe-python.ts";
export { type FoundPython, findPython, PythonNotFoundError, type PythonPlace } from "./find-python.ts";
export { type ProjectModels, projectFiles, projectModels } from "./project-models.ts";
export { type PythonProgram, pythonProgram } from "./python-program.ts";
