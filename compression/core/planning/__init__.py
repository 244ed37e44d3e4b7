"""Which steps in which order, until the budgets are met; what to do when they cannot be."""
