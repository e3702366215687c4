"""The command line of gridpart; it installs as ``gridpart_cli``."""
