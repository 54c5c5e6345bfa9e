"""People and programs: workspaces, users, sessions, API keys, roles, provider secrets, the policy in force.

Start reading at `access` (who may do what) and `service` (what can be done).
"""
