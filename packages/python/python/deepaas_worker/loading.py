"""Finds and imports the model that `start` names: a file, a module, an attribute of a module, or an entry point."""
import importlib
import importlib.metadata
import importlib.util
import inspect
import os
import sys

from deepaas_worker.errors import explain, first_line

GROUP = "deepaas.v2.model"


class LoadError(Exception):
    """The message is one line."""


def load_model(name, given):
    """`given`: the path of a `.py` file, `module[:attribute]`, or the name of an installed entry point."""
    try:
        found = _resolve(name, given)
        if inspect.isroutine(found):
            raise LoadError(f"Model {name}: {given} is a function; name the module or the object that has it")
        return _instance(found)
    except LoadError:
        raise
    except KeyboardInterrupt:
        raise
    except SystemExit as exit:
        raise LoadError(f"Model {name}: {given} called sys.exit({exit.code!r}) while it was imported") from exit
    except BaseException as error:
        raise LoadError(f"Model {name}: importing {given} failed: {explain(error)}") from error


def entry_points():
    """Returns name to `module[:attribute]` of all that are installed."""
    found = importlib.metadata.entry_points()
    if hasattr(found, "select"):
        return {point.name: point.value for point in found.select(group=GROUP)}
    # Python 3.9.
    return {point.name: point.value for point in found.get(GROUP, ())}


def _resolve(name, given):
    if given.endswith(".py") or os.sep in given:
        return _import_file(name, given)
    module, _, attribute = given.partition(":")
    if not attribute:
        module, _, attribute = entry_points().get(given, given).partition(":")
    found = importlib.import_module(module.strip())
    for step in filter(None, attribute.strip().split(".")):
        if not hasattr(found, step):
            raise LoadError(f"Model {name}: {module} has no attribute {attribute}")
        found = getattr(found, step)
    return found


def _import_file(name, path):
    if not os.path.isfile(path):
        raise LoadError(f"Model {name}: there is no file {path}")
    folder, file = os.path.split(os.path.abspath(path))
    dotted = [os.path.splitext(file)[0]]
    # A file of a package may import its neighbours with a dot.
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        dotted.insert(0, package)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    if len(dotted) > 1:
        return importlib.import_module(".".join(dotted))
    module_name = dotted[0]
    if module_name in sys.modules or not module_name.isidentifier():
        # Such as a model in a file types.py.
        module_name = f"deepaas_model_{name}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    return module


def _instance(found):
    """A class, such as one that extends the original's BaseModel, is a model through an instance of it."""
    if isinstance(found, type):
        return found()
    return found


def loaded_files(paths):
    """Returns each file that was loaded and is not installed, with the SHA-256 of its content; and those of `paths`."""
    import hashlib
    import sysconfig

    installed = tuple(
        os.path.join(os.path.realpath(path), "") for path in {*sysconfig.get_paths().values(), os.path.dirname(os.path.dirname(os.path.abspath(__file__)))}
        if os.path.isdir(path) and path not in (sys.prefix, sys.base_prefix)
    )
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    own = {os.path.realpath(path) for path in [*files, *paths] if isinstance(path, str) and path.endswith(".py")}
    hashes = {}
    for path in own:
        if path.startswith(installed):
            continue
        try:
            with open(path, "rb") as file:
                hashes[path] = hashlib.sha256(file.read()).hexdigest()
        except OSError:
            hashes[path] = ""
    return hashes


def explain_failure(error):
    return str(error) if isinstance(error, LoadError) else first_line(error)
