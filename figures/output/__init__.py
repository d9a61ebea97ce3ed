"""Figure files: formats, reproducible bytes, LaTeX snippets, step-by-step builds."""
