"""Names of parameters by the objective that a result was computed with."""

import pytest

from landscape import xor
from landscape.base.labels import parameter_names

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("hidden", [1, 2, 3])
def test_parameters_are_named_as_the_network_names_them(hidden):
    net = xor.network(hidden)
    assert parameter_names(net.n_parameters, {"objective": net.describe()}) == net.parameter_names


@pytest.mark.parametrize(
    "objective", ["", "no JSON", "[1]", '{"model": "Keras sequential"}', '{"model": "3-2-1 ReLU"}']
)
def test_parameters_of_other_objectives_are_numbered(objective):
    assert parameter_names(2, {"objective": objective}) == ("theta[0]", "theta[1]")
