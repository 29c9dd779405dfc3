"""The largest eigenvalue of small and large matrices, as scipy finds it."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

from core.risk.costly.eigen import largest_eigenvalues
from tests.core.risk.costly.panel import related


@pytest.mark.parametrize("size", [1, 2, 64, 65, 200])
@pytest.mark.parametrize("correlation", [0.0, 0.02, 0.6, 0.999])
def test_the_largest_eigenvalue_is_scipys(size: int, correlation: float) -> None:
    rng = np.random.default_rng(size)
    panels = [related(rng, 150, size, correlation) * rng.uniform(0.1, 9.0, size) for _ in range(3)]
    matrices = np.stack([panel.T @ panel for panel in panels])
    wanted = [scipy.linalg.eigh(matrix, eigvals_only=True)[-1] for matrix in matrices]
    np.testing.assert_allclose(largest_eigenvalues(matrices), wanted, rtol=1e-10)


@pytest.mark.parametrize(
    ("diagonal", "wanted"),
    [
        (np.ones(100), 1.0),
        (np.zeros(100), 0.0),
        (np.r_[np.zeros(99), 3.0], 3.0),
        (np.arange(100.0), 99.0),
        (np.r_[np.zeros(50), np.full(50, 2.0)], 2.0),
        (np.r_[np.ones(99), 1.0 + 1e-9], 1.0 + 1e-9),
    ],
)
def test_matrices_without_a_leading_factor_are_no_trap(diagonal: np.ndarray, wanted: float) -> None:
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((100, 100)))[0]
    for matrix in (np.diag(diagonal), turn @ np.diag(diagonal) @ turn.T):
        assert largest_eigenvalues(matrix[None])[0] == pytest.approx(wanted, rel=1e-9, abs=1e-12)
