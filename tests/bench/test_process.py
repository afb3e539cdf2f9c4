from lrbench.bench.contender import contenders
from lrbench.bench.process import ENVIRONMENT, surroundings


def test_flags_of_xla_are_added_to_those_that_are_there():
    inherited = {"PATH": "/bin", "XLA_FLAGS": "--of_the_user"}
    found = surroundings(inherited, {"XLA_FLAGS": "--of_the_contestant"})["XLA_FLAGS"].split()
    assert found[0] == "--of_the_user"
    assert found[-1] == "--of_the_contestant"
    assert "--of_the_contestant" not in surroundings(inherited, {}).get("XLA_FLAGS", "").split()


def test_compiled_programs_are_not_handed_on_and_precision_is_everybodys():
    found = surroundings({"JAX_COMPILATION_CACHE_DIR": "of-the-user", "PATH": "/bin"}, {"KERAS_BACKEND": "jax"})
    assert "JAX_COMPILATION_CACHE_DIR" not in found
    assert found["PATH"] == "/bin"
    assert found["KERAS_BACKEND"] == "jax"
    assert ENVIRONMENT.items() <= found.items()


def test_command_buffers_are_a_contestant_on_a_gpu_alone():
    buffers = next(one for one in contenders() if one.module == "ours_command_buffers")
    assert buffers.needs_gpu
    assert "WHILE" in surroundings({}, buffers.environment)["XLA_FLAGS"]
