"""Clips and pictures: looking at them, repairing them, fetching them safely, in processes that may fail
alone."""
