"""Reports: their numbers, their forms, and the page that defines them."""
