"""What the table of results says: statistics, the answer in sentences, and figures. Reads the table only."""

from lrbench.analysis.answer import Answer, TaskAnswer, find_answer
from lrbench.analysis.comparison import Comparison, compare
from lrbench.analysis.curves import learning_curves
from lrbench.analysis.differences import paired_differences
from lrbench.analysis.drawing import save
from lrbench.analysis.figure import score_over_length
from lrbench.analysis.lead import Lead, find_lead
from lrbench.analysis.selection import Selection, select_rates
from lrbench.analysis.summary import acceptance, lanes, overview, summarise
from lrbench.analysis.verdict import Verdict, find_verdict

__all__ = [
    "Answer",
    "Comparison",
    "Lead",
    "Selection",
    "TaskAnswer",
    "Verdict",
    "acceptance",
    "compare",
    "find_answer",
    "find_lead",
    "find_verdict",
    "lanes",
    "learning_curves",
    "overview",
    "paired_differences",
    "save",
    "score_over_length",
    "select_rates",
    "summarise",
]
