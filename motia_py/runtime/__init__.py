"""What runs the user's steps: invocations, deliveries, streams, schedules."""
