"""The compiled kernels in several threads at once, in a forked child, and in the next process, from the cache."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from kernel_inputs import AXIS, some_plane, train

import landscape as ls
from landscape.planes import compiled_grid


def test_kernels_may_be_called_from_several_threads_at_once(net, starts):
    plane, kept = some_plane(net), np.array([500])
    expected = (
        compiled_grid.plane_loss(net, plane, AXIS, AXIS),
        train(net, starts, ls.Adam(), kept)[0],
    )
    with ThreadPoolExecutor(8) as pool:
        grids = [pool.submit(compiled_grid.plane_loss, net, plane, AXIS, AXIS, threads=3) for _ in range(40)]
        walks = [pool.submit(train, net, starts, ls.Adam(), kept, threads=2) for _ in range(10)]
        assert all(np.array_equal(g.result(), expected[0]) for g in grids)
        assert all(np.array_equal(w.result()[0], expected[1]) for w in walks)


AFTER_A_FORK = """
import os, warnings
import numpy as np
import landscape as ls
from landscape import xor
from landscape.training import compiled_training
warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons: a fork with threads about
net = xor.network()
starts = ls.glorot_starts(net, 300, rng=np.random.default_rng(0))
run = lambda: compiled_training.train_batches(net, starts, ls.Adam(), np.array([200]), threads=2)[0]
expected = run()
child = os.fork()
if child == 0:
    os._exit(0 if np.array_equal(run(), expected) else 1)
assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.slow
def test_a_forked_child_has_helpers_of_its_own():
    done = subprocess.run(
        [sys.executable, "-c", AFTER_A_FORK], timeout=900, check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_machine_code_is_found_again_by_the_next_process(tmp_path):
    """A closure over something that is not a number would be compiled anew by every process."""
    code = (
        "from landscape.kernels import plane_loss, training_loop; "
        "plane_loss.plane_loss_rows(4, 2); training_loop.training_block(2, 2, 4, 0, False, -1)"
    )
    env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    kept = []
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code], env=env, timeout=900, check=True)
        kept.append(sorted((p.name, p.stat().st_mtime_ns) for p in tmp_path.rglob("*.nbc")))
    assert len(kept[0]) == 2
    assert kept[0] == kept[1]
