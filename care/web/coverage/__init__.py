"""The 66 % rule of CaRE domain 2, for a GHT or a legal entity."""
