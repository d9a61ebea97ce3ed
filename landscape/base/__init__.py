"""Shared by all subpackages: results, argument checks, axis names and atomic file writes."""
