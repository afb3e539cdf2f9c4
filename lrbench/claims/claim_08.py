"""Claim 8: LSTMs win when the dependency spans more than 750 steps. Decided over the lag, on the runs of claim 7."""

from collections.abc import Mapping

import polars as pl

from lrbench.claims.advantage_over_length import judge_advantage
from lrbench.claims.claim import Claim, Decision
from lrbench.claims.lstm_against_gru import duels
from lrbench.studies import Results


class LongDependencies(Claim):
    """LSTM against GRU over the lag, at the length of training and at twice that length, at equal parameters."""

    number = 8

    def decide(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Decision:
        """Applies the rule."""
        del measured
        text = self.text
        times = pl.col("eval_length") / pl.col("train_length")
        compared = duels(results.rows.filter(times.is_in([1.0, 2.0])), level=text["level"], margin=text["margin"])
        return judge_advantage(
            near=[duel for duel in compared if duel.lag <= text["lag"]],
            far=[duel for duel in compared if duel.lag > text["lag"]],
            names=(f"at lags up to {text['lag']:,} steps", f"at lags of more than {text['lag']:,} steps"),
            margin=text["margin"],
            least=text["learned"],
            updates=max(results.rows["step"]),
        )
