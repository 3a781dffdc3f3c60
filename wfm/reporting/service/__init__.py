"""Use cases of reporting: counting facts, what is complete, deriving calls anew, exports."""
