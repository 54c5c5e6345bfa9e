"""The audit read: found, exported, checked against its chain, sealed by signed checkpoints, and kept for so long.

Records are written by `atoll.db.audit`, in the transaction of the act.
"""
