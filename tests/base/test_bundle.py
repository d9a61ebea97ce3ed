"""The bundle: a read-only mapping that also answers to attributes."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest

from landscape import Bundle


def test_items_are_reached_by_name_and_by_attribute_in_order():
    bundle = Bundle(b=1, a="two", level=Fraction(1, 8), nothing=None)
    assert isinstance(bundle, Mapping)
    assert list(bundle) == ["b", "a", "level", "nothing"]
    assert len(bundle) == 4
    for name in bundle:
        assert bundle[name] is getattr(bundle, name)
    assert dict(**bundle) == {"b": 1, "a": "two", "level": Fraction(1, 8), "nothing": None}
    assert repr(bundle) == "Bundle(b, a, level, nothing)"


def test_arrays_are_copied_read_only_and_keep_their_type():
    given = np.array([1, 2], dtype=np.float32)
    bundle = Bundle(x=given, flags=np.array([True, False]), steps=np.arange(3))
    given[0] = 9
    assert bundle.x.tolist() == [1, 2]
    assert [bundle[k].dtype for k in bundle] == [np.float32, np.bool_, np.int64]
    for array in bundle.values():
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_nothing_can_be_set():
    bundle = Bundle(a=1)
    for name in ("a", "b", "_items"):
        with pytest.raises(AttributeError, match=f"a bundle is read-only; cannot set '{name}'"):
            setattr(bundle, name, 2)
    with pytest.raises(TypeError, match="item assignment"):
        bundle["a"] = 2
    assert bundle.a == 1


def test_an_unknown_name_lists_the_known_ones():
    bundle = Bundle(seed=1, surface=2)
    with pytest.raises(AttributeError, match="no 'sead' in this bundle; it holds seed, surface"):
        _ = bundle.sead
    with pytest.raises(KeyError, match="sead"):
        _ = bundle["sead"]
    assert not hasattr(bundle, "_private")


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda b: pickle.loads(pickle.dumps(b))])
def test_bundles_can_be_copied_and_sent_to_another_process(again):
    bundle = again(Bundle(a=1, inner=Bundle(x=np.arange(3.0)), empty=Bundle()))
    assert (bundle.a, bundle.inner.x.tolist(), len(bundle.empty)) == (1, [0, 1, 2], 0)
    with pytest.raises(AttributeError, match="read-only"):
        bundle.a = 2
    with pytest.raises(ValueError, match="read-only"):
        bundle.inner.x[0] = 1


def test_arrays_in_tuples_are_read_only_too():
    given = np.arange(2.0)
    bundle = Bundle(pair=(given, (given, "name")), self=1)
    given[0] = 9
    assert (bundle.pair[0][0], bundle.pair[1][0][0], bundle.pair[1][1], bundle.self) == (0, 0, "name", 1)
    with pytest.raises(ValueError, match="read-only"):
        bundle.pair[1][0][0] = 1


def test_a_bundle_equals_itself_only_as_results_do():
    bundle = Bundle(x=np.arange(3))
    assert bundle == bundle  # noqa: PLR0124 - the point of the test
    assert bundle != Bundle(x=np.arange(3))
    assert len({bundle, Bundle(x=np.arange(3))}) == 2
