"""The files that an installation is made of: Kubernetes manifests, the Helm chart, and those of one branch.

One source: each manifest is a function of `Values`. With real values it becomes a plain file; with the names of values
in their place (`template.Name`) it becomes a template of the chart.
"""
