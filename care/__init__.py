"""The CaRE platform: registry, jobs, findings, web pages and command line."""
