"""From a history of counts to a forecast with intervals: numpy and the standard library, nothing else."""
