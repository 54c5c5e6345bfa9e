"""Knowledge: from a file to a cited answer.

service (what the API and the nodes call) · ingest (the resumable job: parse → chunk → embed → index) ·
index (finding) · parse (formats, in the jail) · chunk · repository (SQL). Rows are the truth, the index is derived.
"""
