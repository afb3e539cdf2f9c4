"""A mistake of the user: one clear sentence with the valid choices, status 2, no traceback, nothing written."""

from pathlib import Path

import pytest
from driving import lrbench

MISTAKES = [
    (["stepz=3"], ["stepz", "Did you mean steps?", "batch_size"]),
    (["task.foo=1"], ["task.foo"]),
    (["model.wdith=3"], ["model.wdith", "Did you mean width?"]),
    (["task=parrity"], ["parrity", "Did you mean parity?", "copy_memory"]),
    (["model=gruu"], ["gruu", "lstm"]),
    (["optimizer=sgd"], ["sgd", "adamw"]),
    (["experiment=nothing"], ["nothing", "quickstart"]),
    (["task=../../x"], ["../../x", "parity"]),
    (["+task=../../x"], ["../../x", "parity"]),
    (["task=copy_memory", "eval_lengths=[5]"], ["copy_memory cannot have length 5"]),
    (["task=anbn", "train_length=[1,10]"], ["anbn cannot have length 10"]),
    (["batch_size=0"], ["batch_size is 0", "from 1 to"]),
    (["batch_size=two"], ["batch_size is 'two'", "from 1 to"]),
    (["steps=-1"], ["steps is -1", "from 1 to"]),
    (["steps=100000000000"], ["steps is 100000000000", "2,147,483,647"]),
    (["batch_size=1000000000"], ["batch_size is 1000000000", "length 40", "steps at once"]),
    (["eval_examples=100000000"], ["eval_examples is 100000000", "length 256", "steps at once"]),
    (["train_length=4000000000"], ["train_length is 4000000000", "at most 16,777,216"]),
    (["eval_lengths=[40,5000000000]"], ["eval_lengths is", "at most 16,777,216"]),
    (["eval_examples=null"], ["eval_examples is None"]),
    (["length_distribution=normal"], ["length_distribution is 'normal'", "u_shaped"]),
    (["curriculum=-1"], ["curriculum is -1", "0 for none"]),
    (["curriculum=10", "train_length=8"], ["curriculum is 10", "one training length"]),
    (["length_distribution=u_shaped", "train_length=8"], ["length_distribution is u_shaped", "one training length"]),
    (["train_examples=0"], ["train_examples is 0"]),
    (["train_examples=10", "curriculum=5"], ["curriculum is 5", "train_examples is 10"]),
    (["train_examples=10", "steps=100000000"], ["train_examples is 10", "2**32"]),
    (["data=x.csv"], ["data is 'x.csv'", "parity reads no file", "task=table"]),
    (["task=table"], ["no file is named", "data=FILE"]),
    (["task=table", "data=nowhere.csv"], ["nowhere.csv"]),
    (["task=sequential_mnist"], ["sequential_mnist", "lrbench.data.tfds_download"]),
    (["seeds=0"], ["seeds is 0"]),
    (["seeds=[1,1]"], ["seeds is [1, 1]", "twice"]),
    (["learning_rates=[-1]"], ["learning_rates"]),
    (["train_length=[9,3]"], ["train_length is [9, 3]"]),
    (["precision=float8"], ["precision is 'float8'", "bfloat16"]),
    (["match=weight"], ["match is 'weight'", "parameters"]),
    (["match=[parameters]"], ["match is ["]),
    (["budget=700"], ["budget is 700", "match"]),
    (["match=parameters", "budget=0"], ["budget is 0"]),
    (["match=state", "model=mamba", "budget=1"], ["budget of 1 state numbers is too small"]),
    (["model.width=null"], ["width"]),
    (["model.layers=0"], ["layers"]),
    (["model.norm=batch"], ["norm", "none"]),
    (["optimizer.clip=-1.0"], ["optimizer.clip is -1"]),
    (["optimizer.decay=linear"], ["optimizer.decay", "cosine"]),
    (["task=adding", "task.placement=nowhere"], ["placement", "halves"]),
    (["steps=1", "steps=2"], ["steps is given twice"]),
    (["+extra=1"], ["extra"]),
    (["task._target_=os.system"], ["os.system", "only classes of lrbench"]),
    (["model.layer._target_=subprocess.run"], ["subprocess.run", "only classes of lrbench"]),
    (["steps="], ["steps"]),
    (["steps=[1"], ["steps=[1"]),
    (["task=parity,adding"], ["task has several values", "add -m"]),
    (["steps=1,2"], ["add -m"]),
    (["~steps"], ["steps is missing"]),
    (["+match.foo=3"], ["match"]),
    (["steps=${nope}"], ["nope"]),
    (["model.layer=null"], ["model"]),
    (["task=null"], ["task"]),
    (["runs=null"], ["runs is None"]),
    (["task._target_=lrbench.runs.folder.os.mkdir"], ["only classes of lrbench"]),
    (["-m", "seeds=range(0)"], ["the sweep is empty"]),
    (["-m", "task=parity,parrity"], ["parrity"]),
    (["-m", "batch_size=4,0"], ["batch_size is 0"]),
    (["--config-dir", "nowhere"], ["nowhere", "no folder"]),
    (["--experimental-rerun", "x.pickle"], ["pickle"]),
    (["stepz=3", "--cfg", "job"], ["stepz"]),
]


@pytest.mark.parametrize(("words", "said"), MISTAKES, ids=[" ".join(words) for words, _ in MISTAKES])
def test_a_mistake_is_one_sentence(words: list[str], said: list[str], tmp_path: Path) -> None:
    done = lrbench("run", *words, folder=tmp_path)
    assert done.status == 2, done.text
    assert "Traceback" not in done.text
    assert len(done.text.strip().splitlines()) == 1, done.text
    for part in said:
        assert part in done.text
    assert list(tmp_path.iterdir()) == []
