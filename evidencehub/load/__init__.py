"""Load: staging databases, one for each dataset, and hub.db assembled from them."""
