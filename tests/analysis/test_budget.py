import copy

from synthetic_results import records

from lrbench.analysis.budget import unequal_budgets


def changed(run, **changes):
    """The records of a sweep, one run's configuration changed."""
    known = copy.deepcopy(records())
    (record,) = [one for one in known if one["run"].startswith(run)]
    record["config"] |= changes
    for one in known:
        one["config"]["task"]["name"] = one["run"].split("-")[0]
    return known


def test_equal_budgets_need_no_word():
    assert unequal_budgets(changed("adding-gru")) == ()
    assert unequal_budgets([]) == ()


def test_seeds_rates_and_models_may_differ():
    other = {"seeds": [7, 8], "learning_rates": [0.1], "model": {"layers": 4}}
    assert unequal_budgets(changed("adding-gru", **other)) == ()


def test_what_differs_is_named_with_its_values():
    (sentence,) = unequal_budgets(changed("adding-gru", steps=500))
    assert sentence.startswith("The runs on adding differ in steps (500 and 2000);")
    (sentence,) = unequal_budgets(changed("parity-lstm", train_examples=10, match="parameters"))
    assert "train_examples (none and 10) and match (none and parameters)" in sentence


def test_the_task_itself_must_be_the_same():
    task = {"_target_": "lrbench.tasks.adding", "symbols": 4}
    (sentence,) = unequal_budgets(changed("adding-gru", task=task))
    assert "task (name adding, symbols 4 and name adding)" in sentence


def test_runs_of_one_name_must_be_of_one_model():
    known = changed("adding-gru", model={"name": "gru", "reset": "after"})
    for one in known:
        if one["run"].startswith("adding-lstm"):
            one["config"]["model"] = {"name": "gru", "reset": "before"}
    (sentence,) = unequal_budgets(known)
    assert sentence.startswith("The runs of gru on adding are not of one model: they differ in reset;")


def test_spans_that_end_alike_are_one_setting():
    known = changed("adding-gru", train_length=[3, 50])
    for one in known:
        one["config"].setdefault("train_length", [50, 50])
    (sentence,) = unequal_budgets(known)
    assert "train_length" in sentence


def test_other_lengths_are_other_settings():
    assert unequal_budgets(changed("adding-gru", steps=500, train_length=[9, 9])) == ()


def test_runs_that_are_not_complete_do_not_count():
    known = changed("adding-gru", steps=500)
    known[0]["status"] = {"state": "running"}
    assert known[0]["run"].startswith("adding-gru")
    assert unequal_budgets(known) == ()
