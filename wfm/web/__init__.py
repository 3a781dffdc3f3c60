"""Pages: what people see and do in a browser. They call the services that the API calls; no rule lives here.

A page's module in `pages/` holds its routes, its template lies under the same name in `templates/`.
"""
