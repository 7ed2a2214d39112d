"""What an operator sees: whether it lives and is ready, the log of requests, counts of use."""
