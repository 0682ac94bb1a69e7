"""The search's source compiled: as an extension where a C compiler is, by Numba elsewhere."""
