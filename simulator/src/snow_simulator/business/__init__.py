"""Business rules, data policies and auditing that a data set defines."""
