"""Regional reports: asked for, taken away, ordered for every month or quarter."""
