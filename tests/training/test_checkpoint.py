"""Checkpoints: exact, believed only when whole, and an older one behind every newer one."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from lrbench.tasks.parity import Parity

from lrbench.data import TrainingLengths
from lrbench.models import LSTM, Architecture
from lrbench.training import Optimizer, Trainer, TrainState, make_lanes, spread_lanes
from lrbench.training.checkpoint import KEPT, Checkpoints
from lrbench.training.feed import EndlessFeed


def trainer() -> Trainer:
    model = Architecture(layer=LSTM, layers=1, norm="none", residual=False, width=3).build(
        encoder="embedding", inputs=2, outputs=2
    )
    lanes = make_lanes([0, 1, 2], [1e-2])
    feed = EndlessFeed(Parity(), TrainingLengths(Parity(), 3, 5), batch_size=2)
    return Trainer(Parity().output, feed, model, Optimizer(), lanes, spread_lanes(3), steps=20)


def saved(folder: Path, steps: int) -> tuple[Trainer, Checkpoints, list[TrainState]]:
    """Saves after each of some steps."""
    ours, checkpoints, states = trainer(), Checkpoints(folder), []
    state = ours.init()
    for step in range(1, steps + 1):
        state = ours.advance(state, None, jnp.int32(1))
        states.append(jax.tree.map(jnp.copy, ours.spread.trim(state)))
        checkpoints.save(step, states[-1], seconds=step / 4)
    return ours, checkpoints, states


def assert_same(one: TrainState, other: TrainState) -> None:
    assert jax.tree.structure(one) == jax.tree.structure(other)
    for left, right in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        if jnp.issubdtype(left.dtype, jax.dtypes.prng_key):
            left, right = jax.random.key_data(left), jax.random.key_data(right)
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right)


def test_the_newest_comes_back_to_the_bit_and_few_are_kept(tmp_path: Path) -> None:
    ours, checkpoints, states = saved(tmp_path, 4)
    assert checkpoints.steps() == [4, 3][:KEPT]
    warnings: list[str] = []
    restored = checkpoints.restore(ours.abstract(), warnings.append)
    assert restored is not None
    assert_same(restored[0], states[-1])
    assert restored[1] == 1.0
    assert warnings == []


def test_training_goes_on_from_a_checkpoint_as_if_nothing_had_happened(tmp_path: Path) -> None:
    ours, checkpoints, states = saved(tmp_path, 2)
    restored = checkpoints.restore(ours.abstract(), print)
    assert restored is not None
    resumed = ours.advance(ours.spread.pad(restored[0]), None, jnp.int32(3))
    straight = ours.advance(ours.init(), None, jnp.int32(5))
    assert_same(ours.spread.trim(resumed), ours.spread.trim(straight))
    assert int(states[-1].step[0]) == 2


def test_every_single_flipped_bit_is_noticed_and_the_older_one_is_used(tmp_path: Path) -> None:
    ours, checkpoints, states = saved(tmp_path, 2)
    random = np.random.default_rng(0)
    files = sorted(path for path in (tmp_path / "2").rglob("*") if path.is_file() and path.stat().st_size)
    for path in files:
        original = path.read_bytes()
        damaged = bytearray(original)
        damaged[random.integers(len(damaged))] ^= 1 << random.integers(8)
        path.write_bytes(bytes(damaged))
        warnings: list[str] = []
        restored = checkpoints.restore(ours.abstract(), warnings.append)
        assert restored is not None
        assert_same(restored[0], states[0])
        assert len(warnings) == 1
        assert str(tmp_path / "2") in warnings[0]
        path.write_bytes(original)


def test_a_checkpoint_without_its_manifest_or_an_empty_folder_is_passed_over(tmp_path: Path) -> None:
    ours, checkpoints, states = saved(tmp_path, 2)
    (tmp_path / "2.sha256.json").unlink()
    (tmp_path / "7").mkdir()
    warnings: list[str] = []
    restored = checkpoints.restore(ours.abstract(), warnings.append)
    assert restored is not None
    assert_same(restored[0], states[0])
    assert len(warnings) == 2


def test_with_every_checkpoint_damaged_nothing_is_restored(tmp_path: Path) -> None:
    ours, checkpoints, _ = saved(tmp_path, 2)
    for manifest in tmp_path.glob("*.json"):
        manifest.write_text("{")
    warnings: list[str] = []
    assert checkpoints.restore(ours.abstract(), warnings.append) is None
    assert len(warnings) == 2


def test_saving_clears_what_broken_saves_left(tmp_path: Path) -> None:
    ours, checkpoints, states = saved(tmp_path, 1)
    (tmp_path / "9.orbax-checkpoint-tmp-1").mkdir()
    (tmp_path / "9.sha256.part").write_text("{")
    checkpoints.save(2, states[0], 0.0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "1.sha256.json", "2", "2.sha256.json"]
    assert ours.steps == 20


def test_a_damaged_manifest_is_a_damaged_checkpoint(tmp_path: Path) -> None:
    ours, checkpoints, states = saved(tmp_path, 2)
    manifest = tmp_path / "2.sha256.json"
    for content in ('{"sEconds": 1, "files": {}}', '{"seconds": 1, "files": 3}', '{"seconds": "x", "files": {}}', "[]"):
        manifest.write_text(content)
        warnings: list[str] = []
        restored = checkpoints.restore(ours.abstract(), warnings.append)
        assert restored is not None
        assert_same(restored[0], states[0])
        assert len(warnings) == 1


def test_damaged_later_checkpoints_do_not_push_out_a_new_one(tmp_path: Path) -> None:
    ours, checkpoints, states = saved(tmp_path, 3)
    for manifest in tmp_path.glob("*.json"):
        manifest.write_text("{")
    checkpoints.save(1, states[0], 0.0)
    restored = checkpoints.restore(ours.abstract(), lambda sentence: None)
    assert restored is not None
    assert_same(restored[0], states[0])
