"""Figures of where training goes, run by run."""
