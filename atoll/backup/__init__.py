"""The whole of an installation as one file, and back: database, files, settings, plugins. Also what of rows, files and
index no longer agrees. Reads and writes every workspace: it is for the operator's command line alone.
"""
