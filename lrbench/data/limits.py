"""How large fields may be, and how long sequences, so that neither 32 bits overflow nor the host runs out of memory."""

#: Different tokens of a kind; a model's embedding and each row of answers on the host have a number for each.
MOST_TOKENS = 2**16
#: Symbols that a sequence asks to remember, and so at least as many steps twice; some draws compare all with all.
MOST_SYMBOLS = 2**12
#: Steps of a sequence, which is drawn or padded whole. The contract of tasks holds up to here.
MOST_STEPS = 2**20
