"""One function over many items on several processes, results in order whatever the number of workers and the engine."""

from sarvl.parallel.engine import Engine, Pool, map_chunks, open_pool, ordered_map, worker_count

__all__ = ["Engine", "Pool", "map_chunks", "open_pool", "ordered_map", "worker_count"]
