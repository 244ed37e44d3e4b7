"""What can be cut from a network, and what each layer minds."""
