"""Who works here and what they may do: members, invitations, roles and their permissions, groups, grants.
Start reading at `permissions` (what can be permitted) and `access` (who asks).
"""
