"""Rule sets that ship with gridpart, one TOML file each."""
