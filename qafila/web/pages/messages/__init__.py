"""Every message: the queue by state, and one message's whole story."""
