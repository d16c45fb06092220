"""The developer's side of the page: one module for each tab."""
