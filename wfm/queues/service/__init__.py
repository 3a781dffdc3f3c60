"""Use cases of the projection: from raw events to calls, stays and agent spans, now or all over again."""
