"""Socket.IO at the door: python-socketio speaks it, the project's steps answer, our hub is watched.

Only `door` may be imported from outside; it imports the rest once a step has a socket trigger, as
python-socketio is an extra.
"""
