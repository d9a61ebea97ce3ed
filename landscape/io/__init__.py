"""Results as files: saved to and loaded from netCDF-4, exported to CSV and VTK."""
