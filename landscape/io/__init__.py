"""Results as files: netCDF-4 and back, CSV, VTK."""
