import subprocess
import sys

SCRIPT = """
import pkgutil, sys
from importlib import import_module
from lrbench.bench import contestants
for module in pkgutil.iter_modules(contestants.__path__):
    found = import_module(f"lrbench.bench.contestants.{module.name}")
    assert found.NAME and found.MEASUREMENTS and isinstance(found.ENVIRONMENT, dict), module.name
heavy = {"jax", "flax", "torch", "keras", "equinox", "mambapy", "onnx", "onnxruntime"}
print(*sorted(heavy & set(sys.modules)))
"""


def test_reading_the_contestants_loads_no_library():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
