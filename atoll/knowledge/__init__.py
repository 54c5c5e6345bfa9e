"""Knowledge: from a file to a cited answer.

service (what the API and the nodes call) · ingest (the resumable job: parse → chunk → embed → index) ·
reading (a file becomes pages) · retrieval (from a question to passages) · index (finding, by words and vectors) ·
index_vectors (which vectors answer) · vectors (the port of an index outside) · parse (formats, in the jail) · chunk ·
repository (SQL).
Rows are the truth, the index is derived.
"""
