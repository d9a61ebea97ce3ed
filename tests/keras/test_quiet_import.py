"""Importing Keras needs TensorFlow, but neither a folder for temporary files nor standard error."""

import os
import tempfile

import pytest

from landscape.keras.quiet_import import quiet_import


@pytest.mark.parametrize("backend", ["torch", "jax", "nonsense"])
def test_another_backend_is_refused_before_anything_is_imported(backend, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    said = f"^keras must run on tensorflow; got KERAS_BACKEND={backend}, set it to tensorflow or unset it$"
    with pytest.raises(ImportError, match=said), quiet_import():
        raise AssertionError


@pytest.mark.parametrize(("module", "name"), [(tempfile, "TemporaryFile"), (os, "dup")])
def test_what_cannot_be_redirected_is_imported_all_the_same(module, name, monkeypatch):
    def fail(*_):
        raise OSError

    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setattr(module, name, fail)
    with quiet_import():
        assert "KERAS_BACKEND" not in os.environ
