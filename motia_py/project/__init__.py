"""What the user wrote: declarations, loaded and indexed. Knows nothing of how it is run."""
