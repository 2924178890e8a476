"""A short version of the code that made something, so that it is made again when the code changes.

Belongs here: hashing modules' sources together with inputs. Does not belong here: what the inputs are.
"""

import hashlib
import importlib.util
from collections.abc import Iterable
from pathlib import Path

_SUFFIXES = {".py", ".yaml", ".html", ".css", ".js", ".sql", ".csv"}


def code_version(*inputs: object, modules: Iterable[str] = ()) -> str:
    """Hash of inputs and of every source file of the named modules or packages.

    Args:
        *inputs: values with a stable ``str``: content versions, fingerprints, dates.
        modules: import names; of a package all files below it count.

    Returns:
        The first 16 hexadecimal digits of a SHA-256.
    """
    digest = hashlib.sha256()
    for value in inputs:
        digest.update(str(value).encode() + b"\0")
    for module in modules:
        for path in _sources(module):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _sources(module: str) -> list[Path]:
    spec = importlib.util.find_spec(module)
    if spec is None:
        raise ModuleNotFoundError(module)
    if spec.submodule_search_locations:
        root = Path(next(iter(spec.submodule_search_locations)))
        return sorted(p for p in root.rglob("*") if p.suffix in _SUFFIXES and p.is_file())
    return [Path(str(spec.origin))]
