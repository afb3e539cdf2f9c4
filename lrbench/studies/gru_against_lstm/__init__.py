"""The cost of a GRU against that of an LSTM: times, memory and latencies that several studies share.

Each is measured once a machine and remembered beside the studies' own files: the key is the machine, what it computes
with, and the sizes. To measure again, remove the file. A GRU stands against two LSTMs: the one of its width, and the
one whose parameters are nearest to its own. Everything runs in worker processes, one after another.

Letters: B sequences, T steps, I inputs, H hidden units of the GRU.
"""
