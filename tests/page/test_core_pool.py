"""The pool gives the same results with any number of workers, and without workers; jobs can be cancelled."""

import javascript
import numpy as np
import pytest

import landscape as ls
from landscape import xor

NET = xor.network()
HOW = {"optimizer": "Adam", "learningRate": 1e-2, "precision": "float64", "steps": 500}
# Workers in the same process: messages are copied, arrive later, and from several workers in turn.
WORKERS = """
globalThis.made = 0;
globalThis.Worker = class {
  constructor() {
    globalThis.made += 1;
    this.scope = { postMessage: (answer) => setImmediate(() => this.onmessage?.({ data: structuredClone(answer) })) };
    modules["work/worker"].startWorker(this.scope);
  }
  postMessage(message) {
    const copy = structuredClone(message);
    setImmediate(() => this.scope.onmessage?.({ data: copy }));
  }
  terminate() {
    this.scope.onmessage = this.onmessage = null;
  }
}"""
RUN = """(async ([kind, input, data, workers]) => {
  const pool = modules["work/pool"].makePool(() => {}, data, { workers });
  const parts = [];
  const isComplete = await pool[kind](input, (part) => parts.push(part)).done;
  pool.close();
  return { isComplete, parts };
})(args)"""
CANCEL = """(async ([input, data, workers]) => {
  const pool = modules["work/pool"].makePool(() => {}, data, { workers });
  const parts = [];
  const job = pool.manyStarts(input, (part) => {
    parts.push(part.first);
    if (parts.filter(Number.isFinite).length === 2) pool.cancel(job.id);
  });
  const other = pool.manyStarts({ ...input, starts: input.starts.subarray(0, 9) }, () => parts.push("other"));
  const done = [await job.done, await other.done];
  pool.close();
  return { done, parts };
})(args)"""


@pytest.fixture(scope="module")
def modules():
    with javascript.running("core", "work") as found:
        found.evaluate(f"(() => {{ {WORKERS} }})()")
        yield found


@pytest.fixture(scope="module")
def starts():
    return ls.numbered_starts(NET, 1000, seed=0)


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_many_starts_are_the_same_with_any_number_of_workers(modules, data, starts, workers):
    wanted = ls.outcomes(NET, starts, ls.Adam(1e-2), 500)
    found = modules.evaluate(RUN, "manyStarts", {"starts": starts.ravel(), "settings": HOW}, data, workers)
    assert found["isComplete"]
    parts = sorted(found["parts"], key=lambda part: part["first"])
    assert len(parts) > 2
    assert np.concatenate([part["level"] for part in parts]).tolist() == wanted.level.tolist()
    assert np.array_equal(np.concatenate([part["ends"] for part in parts]).reshape(-1, 9), wanted.end)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_basin_map_grows_from_coarse_to_fine_and_is_that_of_python(modules, data, workers):
    spec = {"kind": "normalized", "seed": 110, "biasRule": "joint", "centre": xor.TEXTBOOK.tolist()}
    plane = modules.call("core/directions", "makePlane", spec, data, [])
    alpha, beta = np.linspace(-1.5, 1.5, 23), np.linspace(-1.5, 1.5, 21)
    wanted = ls.basin_map(NET, ls.Plane(*(plane[k] for k in ("origin", "d1", "d2"))), alpha, beta, ls.Adam(1e-2), 500)
    task = {"plane": plane, "alpha": alpha, "beta": beta, "settings": HOW}
    found = modules.evaluate(RUN, "basinMap", task, data, workers)
    level = np.full((21, 23), -2)
    for part in found["parts"]:
        level[part["firstRow"] : part["firstRow"] + part["rows"]] = part["level"].reshape(part["rows"], -1)
    assert np.where(level < 0, len(wanted.levels) - 1, level).tolist() == wanted.outcome.tolist()
    assert [part["firstRow"] for part in found["parts"]][:6] == [0, 8, 16, 4, 12, 20]


@pytest.mark.parametrize("rows", [1, 2, 7, 8, 9, 200])
def test_each_row_is_computed_once(modules, rows):
    pieces = modules.evaluate('modules["work/tasks"].TASKS.basinMap.pieces({ beta: args[0] })', np.zeros(rows))
    assert sorted(piece["firstRow"] for piece in pieces) == list(range(rows))


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_a_cancelled_job_ends_and_the_others_go_on(modules, data, starts, workers):
    task = {"starts": starts.ravel(), "settings": {**HOW, "steps": 50_000}}
    found = modules.evaluate(CANCEL, task, data, workers)
    assert found["done"] == [False, True]
    assert found["parts"].count("other") == 1
    assert len(found["parts"]) == 3


@pytest.mark.parametrize("workers", [0, 2])
def test_distances_come_in_parts(modules, data, workers):
    thetas = np.concatenate([xor.offset_start(offset) for offset in (0, 1e-5, 1e-2)] * 4)
    parts = modules.evaluate(RUN, "distances", {"thetas": thetas}, data, workers)["parts"]
    found = np.concatenate([part["distance"] for part in sorted(parts, key=lambda part: part["first"])])
    assert found == pytest.approx([*ls.nearest_zero(NET, thetas.reshape(-1, 9))[1]], abs=1e-12)


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_in_a_worker_is_that_of_the_job(modules, data, starts, workers):
    task = {"starts": starts[0], "settings": {**HOW, "optimizer": "Adagrad"}}
    with pytest.raises(javascript.JavaScriptError, match=r"^optimizer must be Adam, SGD or RMSprop; got Adagrad$"):
        modules.evaluate(RUN, "manyStarts", task, data, workers)


OBSERVED = """(async ([input, data, how]) => {
  const [Usual, revoke] = [globalThis.Worker, URL.revokeObjectURL];
  const seen = { sent: [], terminated: 0, revoked: 0 };
  let made = 0;
  URL.revokeObjectURL = (address) => { seen.revoked += 1; revoke.call(URL, address); };
  globalThis.Worker = class extends Usual {
    constructor() {
      if (how === "forbidden" && (made += 1) > 1) throw new Error("policy");
      super();
    }
    postMessage(message) {
      seen.sent.push(Object.keys(message).find((key) => key !== "job"));
      if (how === "broken") setImmediate(() => this.onerror?.({}));
      else super.postMessage(message);
    }
    terminate() {
      seen.terminated += 1;
      super.terminate();
    }
  };
  const pool = modules["work/pool"].makePool(() => {}, data, { workers: 2 });
  const job = pool.manyStarts(input, () => {});
  try {
    seen.isComplete = await job.done;
  } catch (error) {
    seen.error = error.message;
  }
  globalThis.Worker = Usual;
  URL.revokeObjectURL = revoke;
  return seen;
})(args)"""


@pytest.mark.parametrize("count", [1, 20])
def test_workers_forget_a_job_that_failed(modules, data, starts, count):
    task = {"starts": starts[:count].ravel(), "settings": {**HOW, "optimizer": "Adagrad", "steps": 200_000}}
    found = modules.evaluate(OBSERVED, task, data, "usual")
    assert found["error"] == "optimizer must be Adam, SGD or RMSprop; got Adagrad"
    asked = min(count, 2)
    assert (found["sent"].count("kind"), found["sent"].count("end")) == (asked, asked)


def test_workers_that_break_are_ended_and_their_addresses_given_back(modules, data, starts):
    found = modules.evaluate(OBSERVED, {"starts": starts[:40].ravel(), "settings": HOW}, data, "broken")
    assert (found["isComplete"], found["terminated"], found["revoked"]) == (True, 2, 2)


def test_a_worker_is_ended_if_the_next_one_is_forbidden(modules, data, starts):
    found = modules.evaluate(OBSERVED, {"starts": starts[:3].ravel(), "settings": HOW}, data, "forbidden")
    assert (found["isComplete"], found["terminated"], found["revoked"]) == (True, 1, 2)


def test_a_job_without_work_is_done(modules, data):
    found = modules.evaluate(RUN, "manyStarts", {"starts": np.empty(0), "settings": HOW}, data, 1)
    assert found == {"isComplete": True, "parts": []}


@pytest.mark.parametrize(
    "broken",
    ["constructor() { throw new Error('policy'); }", "postMessage() { setImmediate(() => this.onerror?.({})); }"],
)
def test_where_workers_are_forbidden_the_page_computes_itself(modules, data, starts, broken):
    forbidden = f"(globalThis.Worker = class {{ {broken} terminate() {{}} }}, 0)"
    try:
        modules.evaluate(forbidden)
        found = modules.evaluate(RUN, "manyStarts", {"starts": starts[:3].ravel(), "settings": HOW}, data, 2)
    finally:
        modules.evaluate(f"(() => {{ {WORKERS} }})()")
    assert found["isComplete"]
    wanted = ls.outcomes(NET, starts[:3], ls.Adam(1e-2), 500).level.tolist()
    assert [level for part in found["parts"] for level in part["level"]] == wanted
