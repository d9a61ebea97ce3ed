"""Drawing what :mod:`landscape` computes: plot functions, the lecture set, batch rendering."""

from __future__ import annotations
