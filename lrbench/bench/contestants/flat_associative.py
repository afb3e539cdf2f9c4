"""The selective scan as one `jax.lax.associative_scan` over all its states [T, B, D, N], with autodiff."""

from lrbench.bench.case import Arrays, Case
from lrbench.bench.contestant import Contestant, Prepared, Results

NAME = "lax.associative_scan"
PACKAGE = None
ENVIRONMENT: dict[str, str] = {}
NEEDS_GPU = False


def selective_scan(case: Case, arrays: Arrays) -> Prepared:
    """Prepares the scan over pairs of decay and input, which combine associatively."""
    import jax
    import jax.numpy as jnp

    from lrbench.bench.jax_pass import prepare_pass

    def combine(
        earlier: tuple[jax.Array, jax.Array], later: tuple[jax.Array, jax.Array]
    ) -> tuple[jax.Array, jax.Array]:
        return later[0] * earlier[0], later[0] * earlier[1] + later[1]

    def outputs(v: dict[str, jax.Array]) -> jax.Array:
        decays = jnp.exp(v["delta"][..., None] * -jnp.exp(v["A_log"]))
        entering = (v["delta"] * v["u"])[..., None] * v["B"][:, :, None, :]
        _, states = jax.lax.associative_scan(combine, (decays, entering))
        return jnp.einsum("tbdn,tbn->tbd", states, v["C"]) + v["D"] * v["u"]

    def layout(gradients: Results) -> Results:
        return {f"d_{name}": leaf for name, leaf in gradients.items() if name != "D"}

    variables = {name: jnp.asarray(leaf) for name, leaf in arrays.items()}
    cotangent = variables.pop("cotangent")
    return prepare_pass(outputs, variables, cotangent, layout)


MEASUREMENTS: dict[str, Contestant] = {"selective_scan": selective_scan}
