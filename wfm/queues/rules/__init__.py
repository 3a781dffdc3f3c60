"""Pure folding of telephone events into calls, stays and agent spans, and the question whose call it was."""
