"""Live news of runs, within a process and between processes."""
