"""The public names of the package and where each is defined: what ``__init__.py`` imports on first use."""

from .animation.animate import animate_trajectory as animate_trajectory
from .output.saving import About as About, save_figure as save_figure
from .page.widget import live_page as live_page
from .page.write_page import write_page as write_page
from .plots.basins import basin_handles as basin_handles, plot_basins as plot_basins
from .plots.contour import plot_contour as plot_contour
from .plots.decision import plot_decision as plot_decision, plot_hinges as plot_hinges, plot_samples as plot_samples
from .plots.kinks import plot_kinks as plot_kinks
from .plots.network import plot_network as plot_network
from .plots.profile import plot_profile as plot_profile
from .plots.relief import plot_relief as plot_relief
from .plots.runs import plot_runs as plot_runs, plot_sharpness as plot_sharpness
from .plots.spectrum import plot_spectrum as plot_spectrum
from .plots.trajectories import plot_trajectories as plot_trajectories
from .style.palette import level_styles as level_styles
from .style.style_sheets import SIZES as SIZES, STYLES as STYLES, style_context as style_context
