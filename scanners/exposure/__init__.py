"""Internet exposure: what answers on the establishment's own addresses, within a written mandate."""
