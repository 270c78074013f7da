"""Clips and pictures: read, repaired and fetched safely, in processes that may fail alone."""
