"""What people without an account say of remote accesses: suppliers by a link, owners during a review."""
