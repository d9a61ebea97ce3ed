"""The command that writes the atlas: what the landscapes of small data sets consist of."""

from pathlib import Path
from typing import Annotated

import typer

from figures.cli.console import print_error, progress_bar, report_unwritten


def atlas(
    hidden: Annotated[int, typer.Option(metavar="N", min=1, help="Hidden units of the network.")] = 2,
    out: Annotated[str, typer.Option(metavar="DIR", help="Folder for atlas-N.json and atlas-N.csv.")] = "out",
    starts: Annotated[int, typer.Option(metavar="K", min=1, help="Runs of Adam on each data set.")] = 20_000,
    steps: Annotated[int, typer.Option(metavar="T", min=1, help="Updates of each run.")] = 10_000,
    seed: Annotated[int, typer.Option(metavar="S", min=0, help="Seed of the starts.")] = 0,
) -> int:
    """List levels, minima, saddles and passes of XOR and other data.

    The data sets are XOR, AND, OR, XNOR, XOR with targets -1 and 1, and XOR without one of its samples. Beside each
    level is the share of Keras-default Adam runs that end on it, with its 95 % interval.
    """
    from landscape.analysis.atlas import Atlas, as_csv, as_json, atlas as atlas_of, standard_data
    from landscape.base.atomic_files import write_bytes

    try:
        Path(out).mkdir(parents=True, exist_ok=True)  # before minutes of work
    except OSError as error:
        return report_unwritten(error)
    found: list[Atlas] = []
    networks = standard_data(hidden)
    with progress_bar() as progress:
        for number, (name, net) in enumerate(networks.items()):
            if progress:
                progress(number, len(networks), name)
            try:
                found.append(atlas_of(net, name, starts=starts, steps=steps, seed=seed))
            except ValueError as error:
                print_error(f"{name} is left out: {error}")
                continue
            typer.echo(f"{found[-1]}\n")
    if not found:
        return 2
    try:
        for ending, text in (("json", as_json(found)), ("csv", as_csv(found))):
            file = Path(out) / f"atlas-{hidden}.{ending}"
            write_bytes(file, text.encode())
            typer.echo(f"wrote {file}", err=True)
    except OSError as error:
        return report_unwritten(error)
    return 0
