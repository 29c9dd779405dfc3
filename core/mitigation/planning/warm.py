"""The solver takes half a second to be loaded: that is spent before the first breach and not in it."""

from __future__ import annotations

import numpy as np


def warm_up() -> None:
    """Load HiGHS and solve something once. To be called in a thread, when nothing waits for it."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    matrix = csr_array(np.array([[1.0, 1.0]]))
    milp(np.ones(2), bounds=Bounds(0.0, 1.0), constraints=[LinearConstraint(matrix, 1.0, np.inf)])
