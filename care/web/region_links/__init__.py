"""The regions that this installation sends to: joining, what leaves, deliveries."""
