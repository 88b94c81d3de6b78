"""Federation: installations that send signed indicators, and the regions that take them."""
