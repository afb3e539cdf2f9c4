"""Trains and tests one run: restored or fresh state, then one loop; everything that matters is on the disk."""

import dataclasses
import math
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lrbench.data import DataError, Metrics, RecordedTask, Split
from lrbench.evaluation import Questions, Reader, make_examiner, scale, score
from lrbench.runs.configuration import Run
from lrbench.runs.errors import Diverged, Interrupted, RunError
from lrbench.runs.folder import RunFolder, naming_a_full_disk
from lrbench.runs.pitfalls import pitfalls
from lrbench.runs.provenance import provenance
from lrbench.runs.rows import Costs, make_rows
from lrbench.runs.stop import StopRequest
from lrbench.runs.watch import Progress, Watch
from lrbench.training import Trainer, TrainState, make_feed, spread_lanes
from lrbench.training.checkpoint import Checkpoints

#: A call of the compiled chunk is cut so that it takes about this long: then signals and progress are looked at.
_CALL_SECONDS = 0.5
#: What a product of float32 operands may round them to. GPUs and TPUs would take less than float32 unasked.
_PRODUCTS = {"float32": "highest", "tf32": "tensorfloat32", "bfloat16": "highest"}


def execute(run: Run, watch: Watch, stop: StopRequest, command: Sequence[str] = ()) -> None:
    """Brings a run to its end, from wherever it stands. A complete run is left as it is.

    Args:
        run: what to do.
        watch: told how it goes.
        stop: looked at in every phase.
        command: the words that started this, for the provenance.

    Raises:
        Held: another process holds the run.
        Interrupted: `stop` was requested; the run saved itself.
        NoSpace: the disk is full; what was saved before is intact.
        RunError: data that turned out to be damaged, or a memory that is full.
        Diverged: every lane diverged; the results are written all the same.
    """
    folder = RunFolder(run.folder)
    watch.begin(run)
    if not folder.complete():
        with naming_a_full_disk(run.folder), folder.hold():
            if not folder.complete():  # somebody may have completed it in between
                with jax.default_matmul_precision(_PRODUCTS[run.precision]), _in_a_sentence(run):
                    _Execution(run, folder, watch, stop).go(command)
    status = folder.status()
    if status.get("diverged_lanes") == len(run.lanes):
        watch.end("all lanes diverged")
        raise Diverged(f"{run.name}: all lanes diverged; try smaller learning_rates, or optimizer.clip=1.0")
    watch.end(f"complete: {status.get('solved_lanes')} of {len(run.lanes)} lanes solved the task")


@contextmanager
def _in_a_sentence(run: Run) -> Iterator[None]:
    """Turns damaged data, and what does not fit into the memory, into a RunError."""
    try:
        yield
    except DataError as error:
        raise RunError(f"{run.name}: {error}") from error
    except (jax.errors.JaxRuntimeError, MemoryError) as error:
        if isinstance(error, jax.errors.JaxRuntimeError) and "RESOURCE_EXHAUSTED" not in str(error):
            raise
        raise RunError(
            f"{run.name}: the memory is full ({str(error).splitlines()[0]}); try a smaller batch_size, eval_examples "
            "or train_length, or fewer seeds at once"
        ) from error


@dataclass
class _Execution:
    """One process's part of a run."""

    run: Run
    folder: RunFolder
    watch: Watch
    stop: StopRequest
    seconds: float = 0.0
    compile_seconds: float = 0.0
    saved_at: float = field(default_factory=time.monotonic)
    last_loss: float | None = None
    last_score: float | None = None

    def __post_init__(self) -> None:
        run = self.run
        self.spread = spread_lanes(len(run.lanes))
        self.feed = make_feed(run.task, run.lengths, run.batch_size, run.train_examples, run.lanes, self.spread)
        self.trainer = Trainer(run.task.output, self.feed, run.model, run.optimizer, run.lanes, self.spread, run.steps)
        self.checkpoints = Checkpoints(self.folder.checkpoints.absolute())
        self.examiner = make_examiner(run.task, run.lengths, run.eval_examples, run.eval_lengths)
        self.reader = Reader(run.task, run.model, self.spread.mesh, self.spread.padded, run.eval_piece)

    def go(self, command: Sequence[str]) -> None:
        """Trains, tests, writes the results."""
        run, folder = self.run, self.folder
        for sentence in pitfalls(run, jax.default_backend(), self.spread.mesh.size):
            self.watch.note(sentence)
        folder.write_config(run.resolved)
        history = folder.provenance().get("history", [])
        own = provenance(list(command)) | _described_model(run)
        folder.write_provenance(
            own
            | {"history": [*history, {key: own[key] for key in ("started", "commit", "device", "cores", "packages")}]}
        )
        folder.write_status(state="running", steps=run.steps)
        try:
            state = self.train(self.restored() or self.trainer.init())
            tested = self.test(state)
            rows = make_rows(run, self.lanes_of(state), tested, self.costs(state), folder.read_metrics())
        except Interrupted:
            folder.write_status(state="interrupted", steps=run.steps)
            raise
        folder.write_results(rows)
        lanes = self.lanes_of(state)
        folder.write_status(
            state="complete",
            steps=run.steps,
            step=int(lanes.step[0]),
            solved_lanes=int(np.sum(lanes.solved_step >= 0)),
            diverged_lanes=int(np.sum(lanes.diverged_step >= 0)),
            seconds=self.seconds,
            compile_seconds=self.compile_seconds,
        )

    def lanes_of(self, state: TrainState) -> TrainState:
        """Returns how the lanes stand, on the host and without padding: no parameters, which nobody here looks at."""
        trimmed: TrainState = self.spread.trim(state._replace(params=(), opt_state=()))
        return trimmed

    def restored(self) -> TrainState | None:
        """Returns the state of the newest whole checkpoint, and takes back what was logged after it."""
        restored = self.checkpoints.restore(self.trainer.abstract(), self.watch.note)
        if restored is None:
            self.repair_metrics(-1)
            return None
        state, self.seconds = restored
        step = int(state.step[0])
        self.repair_metrics(step)
        self.watch.note(f"resumed at step {step}")
        padded: TrainState = self.spread.pad(state)
        return padded

    def repair_metrics(self, step: int) -> None:
        """Takes back what was logged after a step, and names lines that cannot be read."""
        damaged = self.folder.keep_metrics_up_to(step)
        if damaged:
            self.watch.note(f"{self.folder.metrics} had {damaged} damaged line(s), cut short by a kill; removed")

    def save(self, state: TrainState) -> None:
        """Saves a checkpoint."""
        lanes: TrainState = self.spread.trim(state)
        self.checkpoints.save(int(lanes.step[0]), lanes, self.seconds)
        self.saved_at = time.monotonic()

    def train(self, state: TrainState) -> TrainState:
        """Trains to the last step, or until every lane has solved the task or diverged."""
        run = self.run
        self.report("compiling", 0)
        started = time.perf_counter()
        step, pace = int(state.step[0]), 0.0
        advance = self.trainer.advance.lower(state, self.feed.examples_for(step), jnp.int32(0)).compile()
        validation = self.examiner.validation()
        self.compile_seconds += time.perf_counter() - started
        self.saved_at = time.monotonic()
        finished = step >= run.steps or (step > 0 and step % run.eval_every == 0 and self.early_end(step))
        while not finished:
            target = min((step // run.eval_every + 1) * run.eval_every, run.steps)
            while step < target:
                count = min(target - step, max(1, int(_CALL_SECONDS / pace)) if pace else 1)
                if self.feed.block is not None:  # a call stays inside the block that lies on the devices
                    count = min(count, self.feed.block - step % self.feed.block)
                started = time.perf_counter()
                block = self.feed.examples_for(step)
                state = jax.block_until_ready(advance(state, block, jnp.int32(count)))
                took = time.perf_counter() - started
                step, pace, self.seconds = step + count, took / count, self.seconds + took
                self.report("training", step)
                # At `target` the evaluation comes first: a checkpoint there promises that it was logged.
                if step < target and (self.stop.requested or self.save_is_due()):
                    self.save(state)
                    self.stop.check()
            state = self.evaluate(state, validation)
            finished = step >= run.steps or self.early_end(step)
            if finished or self.stop.requested or self.save_is_due():
                self.save(state)
            self.stop.check()
        return state

    def save_is_due(self) -> bool:
        """Whether the last checkpoint is old enough for another."""
        return time.monotonic() - self.saved_at >= self.run.checkpoint_seconds

    def evaluate(self, state: TrainState, validation: Questions) -> TrainState:
        """Looks at validation, logs it, marks lanes that have solved the task, and empties the chunk's log."""
        run = self.run
        lanes = self.lanes_of(state)
        step = int(lanes.step[0])
        metrics = self.reader.read(state.params, validation)
        chance = float(np.mean([self.validation_chance(int(length)) for length in validation.asked]))
        scores = [score(run.task, Metrics(*(leaf[lane] for leaf in metrics))) for lane in range(len(run.lanes))]
        scaled = [scale(one.score, chance) for one in scores]
        solved = [
            before if before >= 0 or not value >= run.task.solved_at else step
            for before, value in zip(np.asarray(lanes.solved_step).tolist(), scaled, strict=True)
        ]
        log = jax.tree.map(np.asarray, lanes.log)
        taken = np.maximum(log.steps, 1)
        losses = np.where(log.steps > 0, log.loss_sum / taken, np.nan)
        self.folder.append_metrics(
            {
                "step": step,
                "seconds": round(self.seconds, 3),
                "loss": _finite(losses),
                "norm": _finite(np.where(log.steps > 0, log.norm_sum / taken, np.nan)),
                "norm_max": _finite(log.norm_max),
                "clipped": _finite(log.clipped / taken),
                "validation_loss": _finite([one.loss for one in scores]),
                "token_accuracy": _finite([one.token_accuracy for one in scores]),
                "sequence_accuracy": _finite([one.sequence_accuracy for one in scores]),
                "scaled_score": _finite(scaled),
                "solved_step": solved,
                "diverged_step": np.asarray(lanes.diverged_step).tolist(),
            }
        )
        self.last_loss, self.last_score = _median(losses.tolist()), _median(scaled)
        self.report("training", step)
        state = state._replace(solved_step=self.spread.pad(jnp.asarray(solved, jnp.int32)))
        return self.trainer.begin_chunk(state)

    def validation_chance(self, length: int) -> float:
        """Returns the score without memory on validation, for a length."""
        task = self.run.task
        return task.chance_of(Split.VALIDATION, length) if isinstance(task, RecordedTask) else task.chance(length)

    def early_end(self, step: int) -> bool:
        """Whether at this step's evaluation every lane had solved the task, or diverged before."""
        lines = [line for line in self.folder.read_metrics() if line["step"] == step]
        if not lines:
            return False
        diverged = [one >= 0 for one in lines[-1]["diverged_step"]]
        solved = [value is not None and value >= self.run.task.solved_at for value in lines[-1]["scaled_score"]]
        if all(diverged):
            return True
        return self.run.early_stop and all(np.logical_or(diverged, solved))

    def test(self, state: TrainState) -> list[tuple[int, list[Metrics]]]:
        """Looks at the test stream, once. Returns each length with its metrics, one for each lane."""
        found: dict[int, Metrics] = {}
        lengths = self.examiner.test_lengths()
        for questions in self.examiner.test():
            self.report("testing", len(found), len(lengths))
            metrics = self.reader.read(state.params, questions, self.stop.check)
            asked = questions.asked[: questions.wanted]
            for length in sorted(set(asked.tolist())):
                here = jax.tree.map(lambda leaf, chosen=asked == length: leaf[:, chosen], metrics)
                before = found.get(length)
                found[length] = here if before is None else jax.tree.map(_join, before, here)
        self.report("testing", len(lengths), len(lengths))
        lanes = range(len(self.run.lanes))
        return [
            (length, [Metrics(*(leaf[lane] for leaf in metrics)) for lane in lanes])
            for length, metrics in sorted(found.items())
        ]

    def costs(self, state: TrainState) -> Costs:
        """Returns what the training took."""
        steps = int(state.step[0])
        tokens = steps * self.run.batch_size * self.run.lengths.longest * len(self.run.lanes)
        return Costs(self.seconds, self.compile_seconds, tokens / self.seconds if self.seconds else math.nan)

    def report(self, phase: str, done: int, total: int | None = None) -> None:
        """Tells the watch where the run stands."""
        total = self.run.steps if total is None else total
        self.watch.progress(Progress(phase, done, total, self.last_loss, self.last_score))


def _join(before: np.ndarray, here: np.ndarray) -> np.ndarray:
    return np.concatenate([before, here], axis=1)


def _finite(values: Sequence[float] | np.ndarray) -> list[float | None]:
    """JSON knows no NaN: what is not finite becomes null."""
    return [float(value) if math.isfinite(value) else None for value in np.asarray(values).tolist()]


def _median(values: Sequence[float]) -> float | None:
    known = [value for value in values if math.isfinite(value)]
    return statistics.median(known) if known else None


def _described_model(run: Run) -> dict[str, Any]:
    described: dict[str, Any] = {
        "parameters": run.model.parameters,
        "state_size": run.model.state_size,
        "implementations": [str(chosen) for chosen in run.model.choose(run.lengths.longest, (run.batch_size,))],
    }
    if run.match is not None:
        described["match"] = dataclasses.asdict(run.match)
    return described
