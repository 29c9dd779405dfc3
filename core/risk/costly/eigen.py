"""The largest eigenvalue alone: decomposing every large scope's matrix would find a thousand that nobody asks for."""

from __future__ import annotations

import numpy as np

from core.book.columns import Floats

_SMALL = 64
"""Up to this size decomposing whole batches is quicker."""
_CLOSE = 1e-10
"""Bound of the error, relative to the eigenvalue."""
_LOOK_EVERY = 4


def largest_eigenvalues(matrices: Floats) -> Floats:
    """Shape (n,), of symmetric positive semi-definite matrices of shape (n, k, k)."""
    if matrices.shape[1] <= _SMALL:
        return np.asarray(np.linalg.eigvalsh(matrices)[:, -1], dtype=np.float64)
    return np.array([_lanczos(matrix) for matrix in matrices])


def _lanczos(matrix: Floats) -> float:
    """Until the residual says that no digit that counts will change; at most as many steps as there are rows.

    Source: Lanczos, "An iteration method for the solution of the eigenvalue problem", Journal of Research of the
    National Bureau of Standards 45 (1950), with full reorthogonalisation; Golub and Van Loan, "Matrix computations",
    section 10.1.
    """
    size = len(matrix)
    # Any fixed start will do that no eigenvector of a real book is at right angles to.
    vector = np.random.default_rng(0).standard_normal(size)
    basis = np.zeros((size, size))
    across, beside = np.zeros(size), np.zeros(size)
    basis[0] = vector / np.linalg.norm(vector)
    found = 0.0
    for step in range(size):
        seen = basis[: step + 1]
        vector = matrix @ seen[-1]
        across[step] = seen[-1] @ vector
        for _ in range(2):
            vector -= (seen @ vector) @ seen
        rest = float(np.linalg.norm(vector))
        last = step + 1 == size or rest <= _CLOSE * float(np.abs(across[: step + 1]).max())
        if last or step % _LOOK_EVERY == 0:
            known = slice(0, step + 1)
            inner = np.diag(across[known]) + np.diag(beside[:step], 1) + np.diag(beside[:step], -1)
            values, vectors = np.linalg.eigh(inner)
            found = float(values[-1])
            if last or rest * abs(float(vectors[-1, -1])) <= _CLOSE * found:
                break
        beside[step] = rest
        basis[step + 1] = vector / rest
    return found
