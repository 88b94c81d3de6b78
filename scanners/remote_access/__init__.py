"""Review of the accesses of remote maintenance (télémaintenance): the gateway as it is, the register as declared."""
