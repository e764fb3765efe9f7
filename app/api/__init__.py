"""HTTP: routes, authentication, forms, errors, rendering."""
