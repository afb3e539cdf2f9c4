"""How models are called in figures, tables and verdicts."""

MODEL_NAMES = {"elman": "Elman", "gru": "GRU", "lstm": "LSTM", "mamba": "Mamba"}
