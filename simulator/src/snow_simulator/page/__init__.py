"""A page for people at `/`: what changes there are, and a place to approve or reject them."""
