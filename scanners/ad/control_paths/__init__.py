"""Who can take control of whom: the graph, its edges, shortest paths to tier 0, choke points."""
