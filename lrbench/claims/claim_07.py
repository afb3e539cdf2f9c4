"""Claim 7: GRUs are as good on short sequences, LSTMs win on long ones. Decided over training lengths."""

from collections.abc import Mapping

import polars as pl

from lrbench.claims.advantage_over_length import judge_advantage
from lrbench.claims.claim import Claim, Decision
from lrbench.claims.lstm_against_gru import duels
from lrbench.studies import Results


class LongSequences(Claim):
    """LSTM against GRU at the length of training, up to 300 steps and from 500 steps on, at equal parameters."""

    number = 7

    def decide(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Decision:
        """Applies the rule."""
        del measured
        text = self.text
        compared = duels(
            results.rows.filter(pl.col("eval_length") == pl.col("train_length")),
            level=text["level"],
            margin=text["margin"],
        )
        return judge_advantage(
            near=[duel for duel in compared if duel.train_length <= text["short"]],
            far=[duel for duel in compared if duel.train_length >= text["long"]],
            names=(f"up to {text['short']:,} steps", f"from {text['long']:,} steps on"),
            margin=text["margin"],
            least=text["learned"],
            updates=max(results.rows["step"]),
        )
