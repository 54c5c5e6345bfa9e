"""How somebody proves who they are: passwords, second factor, single sign-on, sessions, API keys.
Start reading at `sessions` (a person comes in) and `callers` (a request is recognised).
"""
