"""The figures of a sweep: each is one of its own, whatever else the recipe holds."""

import pytest
from stub_runs import contents, render, statuses

import landscape as ls

pytestmark = pytest.mark.slow

SWEPT = {"formats": ["png"], "only": ["dots"], "figures": {"dots": {"seed": [0, 1], "points": [3, 4]}}}


def test_variants_are_figures_of_their_own(stubs, tmp_path):
    outcomes = render(tmp_path, **SWEPT)
    names = [f"dots-seed-{seed}-points-{points}" for seed in (0, 1) for points in (3, 4)]
    assert statuses(outcomes) == dict.fromkeys(names, "drawn")
    assert {p.name for p in (tmp_path / "lecture").glob("*.png")} == {
        f"{name}{size}.png" for name in names for size in ("", "-half")
    }
    assert (tmp_path / "lecture" / f"{names[3]}.caption.txt").read_text().startswith("4 dots")
    assert r"{dots-seed-1-points-4-half}" in (tmp_path / "lecture" / f"{names[3]}-half.tex").read_text()
    assert ls.load(tmp_path / "data" / f"{names[2]}.nc").points.shape == (3, 2)


def test_a_variant_is_kept_whatever_else_the_recipe_holds(stubs, tmp_path):
    render(tmp_path, **SWEPT)
    before = contents(tmp_path)
    more = {**SWEPT, "only": ["dots", "wave"], "figures": {"dots": {"points": [4, 5], "seed": [1, 2]}}}
    done = statuses(render(tmp_path, **more))
    assert done.pop("dots-seed-1-points-4") == "unchanged"
    assert set(done.values()) == {"drawn"}
    after = contents(tmp_path)
    kept = {k: v for k, v in before.items() if "dots-seed-" in k}
    assert {k: after[k] for k in kept} == kept
    render(tmp_path / "alone", formats=["png"], only=["dots"], figures={"dots": {"seed": 1, "points": 4}})
    alone = contents(tmp_path / "alone")
    for name, data in alone.items():
        if name.endswith((".png", ".nc")):
            assert before[name.replace("dots", "dots-seed-1-points-4")] == data
