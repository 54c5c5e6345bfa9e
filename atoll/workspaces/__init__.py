"""People and programs: who works here, how they sign in, the secrets they keep, the record of what they did.

Start reading at `people.access` (who may do what) and `service` (what can be done).
"""
