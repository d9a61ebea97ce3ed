"""Figures about the course of training runs."""
