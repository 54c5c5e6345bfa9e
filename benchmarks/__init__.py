"""What is measured, each figure beside a control in the same run: `make bench`."""
