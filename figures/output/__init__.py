"""Figures as files: formats, deterministic bytes, LaTeX snippets, step-by-step builds."""
